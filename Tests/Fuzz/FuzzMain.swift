// The entry point that libFuzzer calls. One binary holds every target; `-D FUZZ_<TARGET>` chooses
// one.

#if canImport(Glibc)
import Glibc
#endif

@_cdecl("LLVMFuzzerInitialize")
public func fuzzerInitialize(
    _ count: UnsafeMutablePointer<Int32>, _ arguments: UnsafeMutableRawPointer
) -> Int32 {
    guard let directory = getenv("FUZZ_SEEDS") else { return 0 }
    #if FUZZ_CODER
    writeSeeds(coderSeeds(), to: String(cString: directory))
    #elseif FUZZ_FRAMES
    writeSeeds(frameSeeds(), to: String(cString: directory))
    #elseif FUZZ_KEYS
    writeSeeds(keySeeds(), to: String(cString: directory))
    #elseif FUZZ_WEBSOCKET
    writeSeeds(webSocketSeeds(), to: String(cString: directory))
    #elseif FUZZ_ANSWERS
    writeSeeds(answerSeeds(), to: String(cString: directory))
    #elseif FUZZ_TLS
    writeSeeds(tlsSeeds(), to: String(cString: directory))
    #elseif FUZZ_ELF
    writeSeeds(elfSeeds(), to: String(cString: directory))
    #endif
    exit(0)
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzerTestOneInput(_ start: UnsafeRawPointer, _ count: Int) -> Int32 {
    let bytes = UnsafeRawBufferPointer(start: start, count: count)
    #if FUZZ_CODER
    fuzzCoder(bytes)
    #elseif FUZZ_FRAMES
    fuzzFrames(bytes)
    #elseif FUZZ_KEYS
    fuzzKeys(bytes)
    #elseif FUZZ_WEBSOCKET
    fuzzWebSocket(bytes)
    #elseif FUZZ_ANSWERS
    fuzzAnswers(bytes)
    #elseif FUZZ_TLS
    fuzzTLS(bytes)
    #elseif FUZZ_ELF
    fuzzELF(bytes)
    #endif
    return 0
}
