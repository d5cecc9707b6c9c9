// HayateDaemon
