// HayateWire
