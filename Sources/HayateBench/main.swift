Floor.serveIfAsked(CommandLine.arguments)
ConnectionFigures.serveIfAsked(CommandLine.arguments)

if let socket = Floor.socketRoundTrip() { print("socket", socket) }
if let bare = Floor.streamRoundTrip() { print("bare stream", bare) }
if let own = ConnectionFigures.roundTrip() { print("connection", own) }
for _ in 0..<3 {
    if let rate = Floor.streamTransfer() { print("bare transfer MB/s", rate) }
}
if let rate = ConnectionFigures.echo() { print("connection echo MB/s", rate) }
