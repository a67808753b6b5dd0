import Foundation
import TestSupport
import Testing

/// The built tool under a real `mpirun`.
enum RankedRun {
  /// Starts a job.
  /// - Parameters:
  ///   - line: the words of a command line, without `tandem`; nothing is quoted.
  ///   - others: more command lines, each for one rank after those of the first.
  ///   - wrapper: a shell's commands that each rank runs before the tool.
  static func start(
    _ ranks: Int, _ line: String, others: [String] = [], options: [String] = [],
    wrapper: String? = nil
  ) throws -> MPIRun {
    _ = try ToolRun.tool()
    return try MPIRun(
      ranks: ranks, program: "tandem", words(line), others: others.map { words($0) },
      options: options, wrapper: wrapper, timeoutSeconds: 120)
  }

  /// Runs a job to its end.
  static func run(
    _ ranks: Int, _ line: String, others: [String] = [], options: [String] = [],
    wrapper: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> MPIRun.Ended {
    let ended = try start(ranks, line, others: others, options: options, wrapper: wrapper).wait()
    #expect(!ended.isTimedOut, "\(ended.errors)", sourceLocation: sourceLocation)
    return ended
  }

  private static func words(_ line: String) -> [String] {
    line.split(separator: " ").map(String.init)
  }
}

extension MPIRun.Ended {
  func expectSuccess(sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(exitCode == 0, "\(errors)", sourceLocation: sourceLocation)
    #expect(tandemErrors.isEmpty, "\(errors)", sourceLocation: sourceLocation)
  }

  /// Standard output as one JSON value, after checking that the run went well.
  func json<Value: Decodable>(
    as type: Value.Type, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> Value {
    expectSuccess(sourceLocation: sourceLocation)
    return try JSONDecoder().decode(type, from: Data(output.utf8))
  }

  /// The job failed with one line of Tandem's that contains each of `parts`.
  func expectFailure(
    naming parts: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(exitCode > 0, "\(errors)", sourceLocation: sourceLocation)
    #expect(output.isEmpty, sourceLocation: sourceLocation)
    #expect(tandemErrors.count == 1, "\(errors)", sourceLocation: sourceLocation)
    for part in parts {
      #expect(
        tandemErrors.first?.contains(part) == true, "\(errors)", sourceLocation: sourceLocation)
    }
  }
}
