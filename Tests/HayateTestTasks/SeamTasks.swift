import Glibc
import Hayate

/// Draws, and has children that draw.
public struct DrawWithChildren: RemoteTask {
    public var children: Int

    public init(_ children: Int) { self.children = children }

    public func run(in context: TaskContext) async throws -> [Double] {
        let mirais = (0..<children).map { _ in context.pool.mirai(Draw(2)) }
        let own = context.random.nextUnit()
        let mapped = try await context.pool.map((0..<children).map { _ in Draw(1) }).collect()
        var units = [own]
        for mirai in mirais { units += try await mirai.value }
        return units + mapped.flatMap { $0 }
    }
}

/// Changes its surroundings, has a child, and tells what it finds afterwards.
public struct TidyParent: RemoteTask {
    public var directory: String

    public init(_ directory: String) { self.directory = directory }

    public func run(in context: TaskContext) async throws -> [String] {
        setenv("HAYATE_TEST_PARENT", "here", 1)
        chdir(directory)
        let file = open("kept", O_CREAT | O_RDWR, 0o600)
        let child = try await context.pool.mirai(GetVariable("HAYATE_TEST_PARENT")).value
        let isOpen = write(file, "x", 1) == 1
        close(file)
        var path = [CChar](repeating: 0, count: 4096)
        getcwd(&path, path.count)
        let now = String(decoding: path.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return [
            getenv("HAYATE_TEST_PARENT").map { String(cString: $0) } ?? "", now,
            isOpen ? "open" : "closed", child[0] == String(getpid()) ? "same process" : "elsewhere",
        ]
    }
}

/// The variable's value before it changes it.
public struct SeesAndSets: RemoteTask {
    public var number: Int

    public init(_ number: Int) { self.number = number }

    public func run(in context: TaskContext) async throws -> String {
        let seen = getenv("HAYATE_TEST_ELEMENT").map { String(cString: $0) } ?? ""
        setenv("HAYATE_TEST_ELEMENT", String(number), 1)
        return seen
    }
}

/// The element of a shared array with this index.
public struct ElementOf: RemoteTask {
    public var index: Int
    public var array: SharedArray<Int32>

    public init(_ index: Int, of array: SharedArray<Int32>) {
        self.index = index
        self.array = array
    }

    public func run(in context: TaskContext) async throws -> Int32 { array[index] }
}

/// Maps its shared array's elements on children of its own.
public struct SumByChildren: RemoteTask {
    public var array: SharedArray<Int32>

    public init(_ array: SharedArray<Int32>) { self.array = array }

    public func run(in context: TaskContext) async throws -> Int {
        let children = stride(from: 0, to: array.count, by: 1_000).map { ElementOf($0, of: array) }
        // Made here, so that it has no number at the host.
        let own = try SharedArray<Int32>([5, 6])
        let last = try await context.pool.mirai(ElementOf(1, of: own)).value
        return try await context.pool.map(children).collect().reduce(Int(last)) { $0 + Int($1) }
    }
}

/// Submits a task that would write to a file, and does not wait for it.
public struct LeavesAChild: RemoteTask {
    public var file: String

    public init(_ file: String) { self.file = file }

    public func run(in context: TaskContext) async throws -> Int {
        _ = context.pool.mirai(AppendLine(file, "x", pauseMilliseconds: 5_000))
        return 0
    }
}

/// A child of its own throws this, and it throws it on.
public struct PassesOn: RemoteTask {
    public init() {}

    public func run(in context: TaskContext) async throws -> FluxError {
        do {
            _ = try await context.pool.mirai(Throwing(.codable)).value
            throw TestFailure("the child did not throw")
        } catch let error as HayateError {
            guard let thrown = error.thrown(as: FluxError.self) else { throw error }
            return thrown
        }
    }
}
