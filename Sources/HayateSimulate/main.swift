import HayateSimulation

let options: Options
do {
    options = try Options(CommandLine.arguments.dropFirst())
} catch {
    fail(error)
}
await simulate(options)
