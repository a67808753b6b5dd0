import Testing

extension TemporaryFolder {
  /// Runs the tool, which must fail with one line that contains each of `parts` and leave every
  /// file below this folder as it was.
  /// - Parameter line: the words of a command line, without `tandem`; nothing is quoted.
  func expectRefusal(
    of line: String, naming parts: [String], sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let before = try contents()
    let run = try ToolRun(line)
    run.expectFailure(sourceLocation: sourceLocation)
    #expect(run.errorLines.count == 1, "\(run.standardError)", sourceLocation: sourceLocation)
    for part in parts {
      #expect(
        run.standardError.contains(part), "\(run.standardError)", sourceLocation: sourceLocation)
    }
    #expect(try contents() == before, sourceLocation: sourceLocation)
  }
}
