// HayateLaunch
