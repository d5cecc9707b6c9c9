import Foundation
import HayateCluster
import Testing

@Suite("Built-in files")
struct BuiltInFileTests {
    /// The directory of the project.
    static let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The files that `scripts/embed` takes, by their paths.
    static func files() throws -> [String] {
        var found: [String] = []
        for directory in ["site-config", "templates"] {
            let place = root.appendingPathComponent(directory)
            guard FileManager.default.fileExists(atPath: place.path) else { continue }
            for name in try FileManager.default.subpathsOfDirectory(atPath: place.path) {
                var isDirectory: ObjCBool = false
                let path = place.appendingPathComponent(name).path
                guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), !isDirectory.boolValue,
                    directory == "templates" || name.hasSuffix(".yaml") || name == "schema.json"
                else { continue }
                found.append("\(directory)/\(name)")
            }
        }
        return found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    @Test("what the programs carry is what site-config and templates hold; scripts/embed brings them in step")
    func inStep() throws {
        #expect(BuiltInFile.all.map(\.path) == (try Self.files()))
        for file in BuiltInFile.all {
            let text = try String(contentsOf: Self.root.appendingPathComponent(file.path), encoding: .utf8)
            #expect(file.text == text, "\(file.path) has changed: run scripts/embed")
        }
    }

    @Test("a built-in file is found by its path")
    func found() {
        #expect(BuiltInFile.text(of: "site-config/local.yaml")?.contains("id: local") == true)
        #expect(BuiltInFile.text(of: "site-config/nowhere.yaml") == nil)
        #expect(BuiltInFile.all(under: "site-config/").contains { $0.path == "site-config/local.yaml" })
    }
}
