// HayateCLI
