// Writes the first inputs of a target into a directory: run the fuzzer with FUZZ_SEEDS=DIRECTORY.

#if canImport(Glibc)
import Glibc
#endif

private func write(_ bytes: [UInt8], to path: String) {
    guard let file = fopen(path, "wb") else { fatalError("cannot write \(path)") }
    fwrite(bytes, 1, bytes.count, file)
    fclose(file)
}

func writeCoderSeeds(to directory: String) {
    let encoder = BinaryEncoder()
    let record = FuzzRecord(
        seed: 300, name: "simulate", scale: 1.5, tags: ["a", "bc"], limit: nil, note: "é",
        twice: .some(nil), level: .high, wide: -1 << 100, flags: [true, false],
        nested: [
            FuzzRecord(
                seed: -1, name: "", scale: 0, tags: [], limit: 7, note: nil, twice: nil,
                level: nil, wide: nil, flags: nil, nested: nil)
        ])
    let shape = FuzzShape.group(.polygon([1, 2], closed: true), .group(.circle(radius: 1), nil))
    let messages: [(UInt8, any Encodable)] = [
        (0, 70_000), (1, 1.5), (2, "text é"), (3, [1.5, 2.5]), (4, [1, 2, 255] as [UInt8]),
        (5, [true, false]), (6, ["a", "bc", ""]), (7, [[1, 2], [], [-3]]),
        (8, [1, nil, -300] as [Int16?]), (9, ["x": [1.5], "y": []]), (10, [1: "a", -2: "b"]),
        (11, Set([1, 2, 3] as [UInt64])), (12, record), (13, [record, record]), (14, shape),
        (15, [shape, .point]), (16, [FuzzNothing(), FuzzNothing()]),
        (17, ["a": 1, "b": 2]), (17, ["a": [1, 2], "b": []]), (18, Int128.min),
        (19, ContiguousArray<UInt8>([1, 200])), (20, [[1, 2]: FuzzLevel.low]), (21, Bool?.none),
        (22, [1.5, 2.5] as [Float]), (23, [["a": 1], ["b": 2, "c": 3]]),
    ]
    for (index, (choice, value)) in messages.enumerated() {
        guard let bytes = try? encoder.encode(value) else { fatalError("cannot encode a seed") }
        write([choice] + bytes, to: "\(directory)/seed-\(index)")
    }
}
