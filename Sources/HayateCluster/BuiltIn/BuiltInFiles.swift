// Made by scripts/embed from site-config/ and templates/, which are what to edit.

extension BuiltInFile {
    /// By path.
    public static let all: [BuiltInFile] = [
        BuiltInFile(path: "site-config/local.yaml", text: ####"""
# Processes of this machine, without a scheduler: what is meant where no other site fits.
schema: 1
site:
  id: local
  title: This machine
clusters:
  main:
    scheduler: local
network:
  protocol: tcp

"""####),
    ]
}
