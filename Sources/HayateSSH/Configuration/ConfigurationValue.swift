import HayateLaunch

extension SSHConfiguration.Value {
    var first: String { arguments[0] }

    func failure(_ reason: String) -> SSHConfiguration.Failure {
        SSHConfiguration.Failure(reason: "\(place): \(reason)")
    }

    func isYes() throws(SSHConfiguration.Failure) -> Bool {
        switch first.lowercased() {
        case "yes", "true": return true
        case "no", "false": return false
        // More words than these two mean a way of asking for it.
        case "unbound", "host-bound": return true
        default: throw failure("\(first) is neither yes nor no")
        }
    }

    /// A name of a machine that no program can take for anything else.
    func name(_ text: String) throws(SSHConfiguration.Failure) -> String {
        do throws(RemoteError) {
            // In brackets, so that nothing of it counts as a user or a port.
            guard !text.contains("]"), !text.contains("@") else { throw RemoteError(host: text, .name, "") }
            return try RemoteHost("[\(text)]").host
        } catch {
            throw failure(
                "this is no name of a machine: write letters, digits, points and hyphens, and no hyphen first")
        }
    }

    func user() throws(SSHConfiguration.Failure) -> String {
        do throws(RemoteError) {
            guard !first.isEmpty, let user = try RemoteHost("\(first)@host").user else {
                throw RemoteError(host: first, .name, "")
            }
            return user
        } catch {
            throw failure("this is no name of a user: write letters, digits, points and hyphens, and no hyphen first")
        }
    }

    /// The machines of `ProxyJump`; none for `none`.
    func jumps(_ tokens: ConfigurationTokens) throws(SSHConfiguration.Failure) -> [RemoteHost] {
        if first.lowercased() == "none" { return [] }
        var jumps: [RemoteHost] = []
        for text in try tokens.expanded(first, self).split(separator: ",", omittingEmptySubsequences: false) {
            do throws(RemoteError) { jumps.append(try RemoteHost(String(text))) } catch {
                throw failure("ProxyJump has no such form: write [user@]host[:port], with commas between several")
            }
        }
        return jumps
    }

    func path(
        _ text: String, _ tokens: ConfigurationTokens, _ home: String
    ) throws(SSHConfiguration.Failure) -> String {
        guard let expanded = HomeDirectory.expand(text, home: home) else {
            throw failure("there is no user of the name in \(text)")
        }
        do throws(ConfigurationTokens.Fault) {
            let path = try tokens.expand(ConfigurationTokens.expandVariables(expanded))
            // Nothing that a program could take for an option: a file's name needs none of these.
            guard !path.hasPrefix("-"), !path.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) else {
                throw ConfigurationTokens.Fault(
                    reason: "begins with - or has a control character: write its whole path")
            }
            return path
        } catch {
            throw failure("\(text) \(error.reason)")
        }
    }
}

extension ConfigurationTokens {
    func expanded(
        _ text: String, _ value: SSHConfiguration.Value
    ) throws(SSHConfiguration.Failure) -> String {
        do throws(Fault) { return try expand(text) } catch { throw value.failure("\(text) \(error.reason)") }
    }
}
