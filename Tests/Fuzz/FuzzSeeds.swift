// Writes the first inputs of a target into a directory: run the fuzzer with FUZZ_SEEDS=DIRECTORY.

#if canImport(Glibc)
import Glibc
#endif

private func write(_ bytes: [UInt8], to path: String) {
    guard let file = fopen(path, "wb") else { fatalError("cannot write \(path)") }
    fwrite(bytes, 1, bytes.count, file)
    fclose(file)
}

func writeSeeds(_ seeds: [[UInt8]], to directory: String) {
    for (index, seed) in seeds.enumerated() { write(seed, to: "\(directory)/seed-\(index)") }
}
