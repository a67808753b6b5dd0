/// Memory that cannot be had.
public struct MemoryError: Error, Hashable, Sendable {
  /// What makes it so much, and so what would make it less.
  public enum Use: Hashable, Sendable {
    /// What a network computes with.
    case computation
    /// What a file holds.
    case data
    /// Images that are generated.
    case generatedImages
  }

  /// What stands in the way.
  public enum Shortage: Hashable, Sendable {
    case limit(MemoryLimit)
    /// The system says no, and not why.
    case refused
  }

  public let neededBytes: Int
  /// What it is for, as in "no memory for the …".
  public let purpose: String
  public let use: Use
  public let shortage: Shortage

  public init(neededBytes: Int, purpose: String, use: Use, shortage: Shortage) {
    self.neededBytes = neededBytes
    self.purpose = purpose
    self.use = use
    self.shortage = shortage
  }
}

extension MemoryError: CustomStringConvertible {
  public var description: String {
    "no memory for the \(purpose): \(Self.mebibytes(neededBytes, .up)) MiB are needed and "
      + "\(obstacle); \(remedies.joined(separator: ", or "))"
  }

  private var obstacle: String {
    switch shortage {
    case .refused: return "the system refused them"
    case .limit(let limit):
      let left = limit.availableBytes - MemoryLimits.marginBytes
      return "\(Self.mebibytes(max(0, left), .down)) MiB are left of \(limit.words)"
    }
  }

  private var remedies: [String] {
    let less =
      switch use {
      case .computation: "use a smaller --batch-size, or fewer --workers and --shards"
      case .data: "use a smaller file"
      case .generatedImages: "ask for fewer images"
      }
    switch shortage {
    case .refused: return [less]
    case .limit(let limit): return [limit.remedy, less]
    }
  }

  fileprivate static func mebibytes(_ bytes: Int, _ rule: FloatingPointRoundingRule) -> Int {
    Int((Double(bytes) / 1_048_576).rounded(rule))
  }
}

extension MemoryLimit {
  fileprivate var words: String {
    let total = MemoryError.mebibytes(totalBytes, .down)
    switch kind {
    case .addressSpace:
      return "the \(total) MiB of address space that 'ulimit -v \(totalBytes / 1024)' allows"
    case .data:
      return "the \(total) MiB of data that 'ulimit -d \(totalBytes / 1024)' allows"
    case .controlGroup(let path):
      return "the \(total) MiB that the control group \(path) allows"
    case .machine:
      return "this machine's \(total) MiB"
    case .promises:
      return "the \(total) MiB that this system promises (vm.overcommit_memory is 2)"
    }
  }

  fileprivate var remedy: String {
    switch kind {
    case .addressSpace, .data: "raise that limit"
    case .controlGroup: "give the job or container more memory"
    case .machine: "end other programs"
    case .promises: "end other programs or raise vm.overcommit_ratio"
    }
  }
}
