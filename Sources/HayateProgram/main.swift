import HayateCLI

await HayateCommandLine.main()
