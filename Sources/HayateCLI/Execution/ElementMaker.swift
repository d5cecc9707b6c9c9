import Hayate

/// How each command of a sweep is run.
struct ElementTerms: Sendable, Equatable {
    /// Longest time of one attempt; nil for any.
    var timeout: Duration?
    /// How much time its daemon must have left; nil for any.
    var timeRequest: Duration?
    /// How often a command that failed is started again.
    var retries = 0
    /// What it needs where several commands run at once; nil: one processor.
    var resources: ResourceRequest?
}

/// Makes of an element what is run.
struct ElementMaker: Sendable {
    let template: CommandTemplate
    /// Of the sweep; see `ElementSeed`.
    let seed: UInt64
    let terms: ElementTerms

    func seed(of element: InputElement) -> UInt64 { ElementSeed.seed(sweep: seed, index: element.index) }

    func request(_ element: InputElement) -> ElementRequest {
        let arguments = template.arguments(for: element)
        return request(element, arguments, key: ElementKey(arguments: arguments, values: element.values))
    }

    func request(_ element: InputElement, _ arguments: [String], key: ElementKey) -> ElementRequest {
        ElementRequest(
            index: element.index, values: element.values, arguments: arguments,
            environment: [
                "HAYATE_INDEX": String(element.index), "HAYATE_SEED": String(seed(of: element)),
                "HAYATE_TASK": key.description,
            ],
            timeout: terms.timeout, timeRequest: terms.timeRequest, resources: terms.resources,
            retries: terms.retries)
    }
}
