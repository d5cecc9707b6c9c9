import Hayate
import Foundation
import HayateCore
import Testing

@testable import HayateCLI

private func expand(
    _ words: [String], _ values: [String], names: [String?]? = nil, index: Int = 7,
    shell: Bool = false
) throws -> [String] {
    let columns = try InputColumns(names: names ?? values.map { _ in nil })
    return try CommandTemplate(words, columns: columns, usesShell: shell)
        .arguments(for: InputElement(index: index, values: values))
}

@Suite struct TemplateTests {
    @Test(arguments: [
        (["echo", "{}"], ["echo", "a b;'\"$(x)"]), (["echo"], ["echo", "a b;'\"$(x)"]),
        (["echo", "<{}>{#}"], ["echo", "<a b;'\"$(x)>7"]),
        (["awk", "{print $1}", "{}"], ["awk", "{print $1}", "a b;'\"$(x)"]),
        (["x", "{{}}", "{{1}}", "{{print}}", "{}"], ["x", "{}", "{1}", "{{print}}", "a b;'\"$(x)"]),
        (["x", "{\"a\":{}}"], ["x", "{\"a\":a b;'\"$(x)}"]),
        (["x", "{{{}}}", "{", "}", "{0}{}"],
            ["x", "{{}}", "{", "}", "{0}a b;'\"$(x)"]),
    ])
    func oneValue(_ words: [String], _ expected: [String]) throws {
        #expect(try expand(words, ["a b;'\"$(x)"]) == expected)
    }

    @Test func severalValues() throws {
        #expect(try expand(["c"], ["a b", "2"]) == ["c", "a b", "2"])
        #expect(try expand(["c", "{}"], ["a b", "2"]) == ["c", "a b", "2"])
        #expect(try expand(["c", "-x={}"], ["a b", "2"]) == ["c", "-x=a b 2"])
        #expect(try expand(["c", "{2}{1}", "{2}"], ["a", "b"]) == ["c", "ba", "b"])
        #expect(
            try expand(["c", "{name}", "{2/.}", "{f//}"], ["A", "/d/x.y"], names: ["name", "f"])
                == ["c", "A", "x", "/d"])
    }

    @Test(arguments: [
        ("a/b.tar.gz", "a/b.tar", "b.tar.gz", "a", "b.tar"),
        ("b", "b", "b", ".", "b"), ("/b.c", "/b", "b.c", "/", "b"),
        ("d.d/f", "d.d/f", "f", "d.d", "f"), (".rc", ".rc", ".rc", ".", ".rc"),
        ("a/b/", "a/b/", "b", "a", "b"), ("/", "/", "/", "/", "/"), ("ä/ö.ü", "ä/ö", "ö.ü", "ä", "ö"),
    ])
    func paths(_ path: String, _ bare: String, _ base: String, _ dir: String, _ stem: String) throws {
        #expect(try expand(["{.}", "{/}", "{1//}", "{/.}"], [path]) == [bare, base, dir, stem])
    }

    @Test func mistakes() throws {
        #expect(
            throws: CommandLineError.unknownColumn(
                "masss", nearest: "mass", columns: ["mass", "name"])
        ) { try expand(["{masss}"], ["1", "A"], names: ["mass", "name"]) }
        #expect(
            throws: CommandLineError.unknownColumn("zzzzzzzz", nearest: nil, columns: ["mass"])
        ) { try expand(["{zzzzzzzz.}"], ["1"], names: ["mass"]) }
        #expect(throws: CommandLineError.noSuchPosition("3", count: 1)) {
            try expand(["grep", "a{3}"], ["f"])
        }
        #expect(try expand(["grep", "a{{3}}", "{}"], ["f"]) == ["grep", "a{3}", "f"])
        #expect(try expand(["{{print}}", "{x}"], ["f"], names: ["x"]) == ["{print}", "f"])
        #expect(try expand(["{Mass (kg)}"], ["f"], names: ["Mass (kg)"]) == ["f"])
    }

    @Test func nearestNames() {
        #expect(nearestName(to: "Mas", among: ["flux", "mass"]) == "mass")
        #expect(nearestName(to: "qqqqq", among: ["flux", "mass"]) == nil)
    }
}

@Suite struct ShellScriptTests {
    /// What /bin/sh makes of a script: the only judge of quoting.
    private func output(_ script: String, _ values: [String]) throws -> String {
        let arguments = try expand([script], values, shell: true)
        let process = Process()
        process.executableURL = URL(filePath: arguments[0])
        process.arguments = Array(arguments.dropFirst())
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }

    @Test(arguments: [
        "a", "a  b", "'; echo x; '", "$(echo x)", "`echo x`", "\"; echo \"", "*", "\\", "{}", "\n-",
    ])
    func valuesAreNeverCode(_ value: String) throws {
        for script in [
            "printf %s {}", "printf %s \"{}\"", "printf %s '{}'", "printf %s {} | cat",
            "printf %s \"$(printf %s. {})\" | sed '$s/\\.$//'", "printf %s", "(printf %s '('{} | tail -c +2)",
            "x={}; printf %s \"$x\"", "printf %s \\\\{} | tail -c +2",
        ] {
            #expect(try output(script, [value]) == value, "\(script)")
        }
    }

    @Test func severalValuesAreSeveralWords() throws {
        #expect(try output("printf '<%s>' {}", ["a b", "c"]) == "<a b><c>")
        #expect(try output("printf '<%s>' \"{}\"", ["a b", "c"]) == "<a b c>")
        #expect(try output("printf '<%s>' {2} {1} {#}", ["a b", "c"]) == "<c><a b><7>")
    }
}
