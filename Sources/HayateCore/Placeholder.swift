// HayateCore
