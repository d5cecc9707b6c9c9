// HayateSimulation
