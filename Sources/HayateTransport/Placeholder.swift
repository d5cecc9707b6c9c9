// HayateTransport
