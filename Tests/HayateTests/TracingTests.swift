import Hayate
import HayateTestTasks
import InMemoryTracing
import Synchronization
import Testing
import Tracing

/// A tracer of one test, whose ids no other process has.
private func recorder() -> InMemoryTracer {
    let count = Atomic<Int>(0)
    let next: @Sendable (String) -> String = { kind in
        "\(kind)-host-\(count.wrappingAdd(1, ordering: .relaxed).newValue)"
    }
    return InMemoryTracer(
        idGenerator: InMemoryTracer.IDGenerator(
            nextTraceID: { next("trace") }, nextSpanID: { next("span") }))
}

extension InMemoryTracer {
    fileprivate var spans: [RecordedSpan] { finishedSpans.map(RecordedSpan.init) }
}

extension RealProcesses {
    @Suite("Tracing") struct TracingTests {
        private func traced(_ count: Int) -> Daemons {
            Daemons.test(count).with { $0.environment["HAYATE_TEST_TRACING"] = "1" }
        }

        @Test("R: all spans of host and daemon, with kinds, parents, links and status")
        func allSpansInOrder() async throws {
            let tracer = recorder()
            let there = try await withTracer(tracer) {
                try await withPool(traced(1)) { pool in
                    let values = try await pool.map([1, 2].map { Add($0, 0) }).collect()
                    #expect(values == [1, 2])
                    #expect(try await failure(of: pool.mirai(Failing("no"))).code == .taskFailed)
                    let interrupted = try await failure(of: pool.mirai(Throwing(.cancellation)))
                    #expect(interrupted.code == .interrupted)
                    return try await pool.mirai(TellSpans()).value
                }
            }
            let here = tracer.spans
            // The map ends with its iterator, which may be after a task that was submitted next.
            let names = here.map { $0.name.split(separator: " ").prefix(2).joined(separator: " ") }
            #expect(names.first == "daemons set")
            #expect(names.last == "daemons reset")
            #expect(names.count { $0 == "mirai" } == 5)
            #expect(names.count { $0 == "mirai_map" } == 1)
            #expect(names.count == 8)
            let set = try #require(here.first)
            let reset = try #require(here.last)
            #expect(set.kind == "internal" && reset.kind == "internal")
            #expect(set.links.isEmpty)
            #expect(reset.links == [set.span])
            for span in [set, reset] {
                #expect(span.name.contains("ipc:///"))
                #expect(span.attributes["network.transport"]?.contains("unix") == true)
                #expect(span.attributes["server.address"]?.contains("/pool") == true)
                #expect(span.attributes["hayate.profile"]?.contains("default") == true)
            }
            let map = try #require(here.first { $0.name == "mirai_map" })
            #expect(map.kind == "internal")
            #expect(map.links == [set.span])
            #expect(map.failure == nil)
            let mirais = here.filter { $0.name == "mirai" }.sorted {
                Int($0.span.split(separator: "-")[2]) ?? 0 < Int($1.span.split(separator: "-")[2]) ?? 0
            }
            #expect(mirais.allSatisfy { $0.kind == "client" && $0.links == [set.span] })
            #expect(mirais.map(\.parent) == [map.span, map.span, nil, nil, nil])
            #expect(mirais.map(\.failure) == [nil, nil, "taskFailed", "interrupted", nil])
            #expect(mirais.map(\.errors) == [0, 0, 1, 1, 0])
            #expect(Set(mirais.compactMap { $0.attributes["hayate.task"] }).count == 5)
            #expect(
                mirais.allSatisfy {
                    $0.attributes["hayate.queue.duration"] != nil
                        && $0.attributes["hayate.run.duration"] != nil
                })

            // The daemon's own, and whose children they are.
            let connect = try #require(there.first)
            #expect(connect.name.hasPrefix("daemon connect ipc:///"))
            #expect(connect.kind == "internal")
            let evals = Array(there.dropFirst())
            #expect(evals.count == 4, "the one that tells is still running")
            for (eval, mirai) in zip(evals, mirais) {
                #expect(eval.name == "daemon eval")
                #expect(eval.kind == "server")
                #expect(eval.parent == mirai.span)
                #expect(eval.trace == mirai.trace)
                #expect(eval.links == [connect.span])
                #expect(eval.failure == mirai.failure)
                #expect(eval.errors == mirai.errors)
                #expect(eval.attributes["hayate.task"] == mirai.attributes["hayate.task"])
            }
        }

        @Test func taskIsChildOfTheCallersSpanAndParentOfItsOwn() async throws {
            let tracer = recorder()
            let there = try await withTracer(tracer) {
                try await withPool(traced(1)) { pool in
                    _ = try await tracer.withSpan("request") { _ in
                        try await pool.mirai(SpanInside()).value
                    }
                    return try await pool.mirai(TellSpans()).value
                }
            }
            let request = try #require(tracer.spans.first { $0.name == "request" })
            let mirai = try #require(tracer.spans.first { $0.parent == request.span })
            #expect(mirai.name == "mirai")
            let inside = try #require(there.first { $0.name == "inside" })
            let eval = try #require(there.first { $0.span == inside.parent })
            #expect(eval.name == "daemon eval")
            #expect(eval.parent == mirai.span)
            #expect([mirai.trace, eval.trace, inside.trace] == [request.trace, request.trace, request.trace])
        }

        @Test func setUpsAreChildrenOfTheirCall() async throws {
            let tracer = recorder()
            let there = try await withTracer(tracer) {
                try await withPool(traced(1)) { pool in
                    try await pool.hasDaemons(1)
                    _ = try await pool.everywhere(Add(1, 2))
                    return try await pool.mirai(TellSpans()).value
                }
            }
            let call = try #require(tracer.spans.first { $0.name == "everywhere" })
            #expect(call.kind == "client")
            #expect(there.contains { $0.name == "daemon eval" && $0.parent == call.span })
        }

        @Test func endingsOfTheDispatcherEndTheSpanToo() async throws {
            let files = try TemporaryDirectory()
            let tracer = recorder()
            try await withTracer(tracer) {
                try await withPool(.test(1)) { pool in
                    let gate = pool.mirai(Gate(files("gate")))
                    try await appears(files("gate.started"))
                    let late = pool.mirai(Add(1, 2), timeout: .milliseconds(20))
                    #expect(try await failure(of: late).code == .timedOut)
                    gate.stop()
                    _ = await gate.result
                    _ = await pool.mirai(Fatal(.kill), retry: .never).result
                    _ = pool.mirai(UnsendableTask())
                    await pool.close()
                    _ = await pool.mirai(Add(1, 2)).result
                }
            }
            let mirais = tracer.spans.filter { $0.name == "mirai" }
            #expect(mirais.map(\.failure) == ["timedOut", "cancelled", "daemonLost", "closed"])
            // One that never left the queue has no time of its own.
            #expect(mirais[0].attributes["hayate.queue.duration"] == nil)
            #expect(mirais[1].attributes["hayate.queue.duration"] != nil)
            #expect(tracer.activeSpans.isEmpty)
        }

        @Test func aDaemonTellsItsEndAndThenRunsWhatItsProgramAskedFor() async throws {
            let files = try TemporaryDirectory()
            let daemons = traced(1).with { $0.environment["HAYATE_TEST_SPANS"] = files("spans") }
            try await withPool(daemons) { pool in _ = try await pool.mirai(Add(1, 2)).value }
            #expect(
                SignalFile.lines(files("spans")) == [
                    "daemon connect ip -> ", "daemon eval -> daemon connect",
                    "daemon disconnect -> daemon connect",
                ])
        }

        @Test func withoutATracerNothingTravels() async throws {
            try await withPool(traced(1)) { pool in
                _ = try await pool.mirai(Add(1, 2)).value
                let there = try await pool.mirai(TellSpans()).value
                // The daemon traces for itself.
                #expect(there.map(\.parent) == [nil, nil])
                #expect(there.last?.name == "daemon eval")
            }
        }
    }
}
