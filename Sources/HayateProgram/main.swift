import HayateCLI

// Arguments, pools and exit codes are the library's; this is only the way in.
await HayateCommandLine.main()
