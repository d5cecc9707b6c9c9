// Hayate
