import Foundation
import Testing

extension EndToEnd {
    /// Lists, tables, grids and what commands learn of their element.
    @Suite struct Inputs {}
}

extension EndToEnd.Inputs {
    @Test func `seeds repeat with --seed and differ between elements`() async throws {
        let line = "hayate map -n 2 --seed 42 --shell 'echo $HAYATE_SEED $HAYATE_INDEX {}'"
            + " ::: a b c"
        let first = try await shell(line)
        let second = try await shell(line)
        #expect(first.code == 0)
        #expect(first.lines == second.lines)
        #expect(Set(first.lines.compactMap { $0.split(separator: " ").first }).count == 3)
        let other = try await shell(line.replacingOccurrences(of: "42", with: "43"))
        #expect(other.lines != first.lines)
    }

    @Test func `a table gives columns by name`() async throws {
        try await withDirectory { directory in
            let table = "name,flux,note\n\"Proxima, \"\"b\"\"\",1.5,\"two\nlines\"\nΩ,-2,\n"
            try table.write(toFile: directory + "/stars.csv", atomically: true, encoding: .utf8)
            let end = try await shell(
                "hayate map --csv stars.csv printf '<%s|%s|%s>' {name} {flux} {note}",
                in: directory)
            #expect(end.code == 0)
            #expect(end.output == "<Proxima, \"b\"|1.5|two\nlines><Ω|-2|>")
        }
    }

    @Test func `grids multiply, the first slowest`() async throws {
        let end = try await shell(
            "hayate map -n 2 --grid a=1..3 --grid b=0.1,x echo {a}-{b}")
        #expect(end.lines == ["1-0.1", "1-x", "2-0.1", "2-x", "3-0.1", "3-x"])
    }

    @Test func `lists multiply and files give lines`() async throws {
        let end = try await shell(
            "printf 'p\\nq\\n' | hayate map -n 2 echo {1} {2} {#} ::: x y :::: -")
        #expect(end.lines == ["x p 1", "x q 2", "y p 3", "y q 4"])
    }

    @Test func `no value becomes code or an option of ours`() async throws {
        let end = try await shell(
            "hayate map -n 2 --shell 'printf \"%s\\n\" {}' ::: '$(touch owned)' '; exit 3' '--help'"
                + " '*'")
        #expect(end.code == 0)
        #expect(end.lines == ["$(touch owned)", "; exit 3", "--help", "*"])
    }

    @Test func `a shell is there when asked for`() async throws {
        let end = try await shell(
            "hayate map -n 2 --shell 'echo {} | tr a-z A-Z && echo done' ::: abc 'x y'")
        #expect(end.lines == ["ABC", "done", "X Y", "done"])
    }

    @Test func `names with NUL between them`() async throws {
        try await withDirectory { directory in
            for name in ["a b", "line\nbreak", "-dash"] {
                try "x".write(
                    toFile: directory + "/" + name, atomically: false, encoding: .utf8)
            }
            let end = try await shell(
                "find . -type f -print0 | sort -z | hayate map -0 wc -c {}", in: directory)
            #expect(end.code == 0)
            #expect(end.output.hasPrefix("1 ./-dash\n1 ./a b\n"))
        }
    }

    @Test func `50,000 lines of an endless source are not held back`() async throws {
        // The dry run passes them through the same reader and template.
        let end = try await shell("yes | head -n 50000 | hayate map --dry-run echo {} | wc -l")
        #expect(end.lines == ["50000"])
        let endless = try await shell("yes | hayate map --dry-run echo {} | head -n 3")
        #expect(endless.lines == ["echo y", "echo y", "echo y"])
        #expect(endless.error == "")
    }
}
