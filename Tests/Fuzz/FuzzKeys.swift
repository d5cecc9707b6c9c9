// Files with keys: any bytes are either refused or hold keys that come back the same when written.

func keySeeds() -> [[UInt8]] {
    let secrets = [PoolSecret(), PoolSecret()]
    var files = [KeyFile(secrets: secrets), KeyFile(secrets: [secrets[0]])]
    for role in KeyRole.allCases { files.append(KeyFile(keys: secrets.map { $0.key(for: role) })) }
    return files.map { file in file.text.withBytes { Array($0) } }
        + [Array("hayate-secret-2 x\n".utf8), Array("-----BEGIN PRIVATE KEY-----\n".utf8), Array("# x".utf8)]
}

func fuzzKeys(_ bytes: UnsafeRawBufferPointer) {
    do throws(KeyFileError) {
        let file = try KeyFile.parse(bytes, source: "FILE")
        precondition((1...KeyFile.maximumKeys).contains(file.ids.count))
        let again = try KeyFile(parsing: file.text, source: "FILE")
        precondition(again.ids == file.ids && again.acceptedKeys == file.acceptedKeys)
    } catch {
        // The sentence is ours: nothing of the input is in it.
        precondition(error.message.contains("FILE") && error.message.utf8.count < 300)
    }
}
