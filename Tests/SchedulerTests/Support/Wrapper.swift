import Glibc
import HayateTestTasks
import Testing

/// A script in the place of a scheduler's command for submissions, which does not always do what it should.
struct Wrapper: Sendable {
    private let files: TemporaryDirectory
    /// For `commands.submit` of a site's file.
    var path: String { files("submit") }

    /// - Parameter every: each so many-th call finds the controller down; 0: none.
    init(of command: String, every: Int = 0) throws {
        files = try TemporaryDirectory()
        try Files.script(
            path,
            """
            #!/bin/sh
            cd '\(files.path)' || exit 1
            way=$(cat next 2>/dev/null || echo good)
            rm -f next
            echo x >>count
            [ \(every) = 0 ] || [ $(( $(wc -l <count) % \(max(1, every)) )) != 0 ] || way=down
            echo "$way" >>calls
            cd - >/dev/null
            case $way in
            banner)
                echo 'Welcome to the cluster. 24 nodes are free.'
                echo 'sbatch: your project has used 12 % of its hours' >&2
                exec \(command) "$@" ;;
            unclear)
                # It is in the queue, and nobody hears of it.
                \(command) "$@" >/dev/null
                echo $$ >'\(files("waiting"))'
                exec sleep 60 ;;
            down)
                cat >/dev/null
                echo 'sbatch: error: Batch job submission failed: Unable to contact slurm controller' >&2
                exit 1 ;;
            *) exec \(command) "$@" ;;
            esac

            """)
    }

    /// What the next call does: `good`, `banner`, `unclear`, `down`.
    func next(_ way: String) throws { try SignalFile.write(files("next"), way) }

    /// Ends a call that does not answer, of a host that has been killed.
    func end() {
        if let process = Int32(SignalFile.lines(files("waiting")).first ?? "") { kill(process, SIGKILL) }
    }

    /// What each call did.
    var calls: [String] { SignalFile.lines(files("calls")) }
}
