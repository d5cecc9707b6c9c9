enum GoldenHelp { static let map = ""; static let root = "" }
