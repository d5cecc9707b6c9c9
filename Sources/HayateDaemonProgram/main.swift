import HayateDaemon

// `hayate-daemon URL [option…]`: the small program of nodes. It takes the marker too, so that it can
// stand in for any executable that a host would start as a daemon.
DaemonProgram.runIfMarked()
DaemonProgram.runFromCommandLine()
