/// Memory that cannot be had.
package struct MemoryError: Error, Hashable, Sendable {
  /// What makes it so much, and so what would make it less.
  package enum Use: Hashable, Sendable {
    /// What a network computes with.
    case computation
    /// The parameters of a network and what there is for each of them.
    case parameters
    /// What a file holds.
    case data
    /// Images that are generated.
    case generatedImages
    /// What the program cannot do without.
    case program
  }

  /// What stands in the way.
  package enum Shortage: Hashable, Sendable {
    case limit(MemoryLimit)
    /// The system says no although more is left of this limit, the nearest one.
    case refusedNear(MemoryLimit)
    /// The system says no, and not why.
    case refused
  }

  package let neededBytes: Int
  /// What it is for, as in "no memory for the …".
  package let purpose: String
  package let use: Use
  package let shortage: Shortage

  package init(neededBytes: Int, purpose: String, use: Use, shortage: Shortage) {
    self.neededBytes = neededBytes
    self.purpose = purpose
    self.use = use
    self.shortage = shortage
  }
}

extension MemoryError: CustomStringConvertible {
  package var description: String {
    "no memory for the \(purpose): \(mebibytes(requestBytes, .up)) MiB are needed and "
      + "\(obstacle); \(remedies.joined(separator: ", or "))"
  }

  private var obstacle: String {
    switch shortage {
    case .refused: return "the system refused them"
    case .refusedNear(let limit):
      let left = mebibytes(Double(limit.availableBytes), .down)
      return "the system refused them although \(left) MiB are left of \(limit.words)"
    case .limit(let limit):
      let left = max(0, Double(limit.availableBytes) - keptBytes)
      return "\(mebibytes(left, .down)) MiB are left of \(limit.words)"
    }
  }

  private var remedies: [String] {
    var remedies: [String] = []
    switch shortage {
    case .limit(let limit):
      let missing = requestBytes + keptBytes - Double(limit.availableBytes)
      remedies.append(limit.remedy(missingBytes: missing))
    case .refusedNear(let limit):
      remedies.append(limit.remedy(missingBytes: requestBytes + keptBytes))
    case .refused: break
    }
    switch use {
    case .computation:
      remedies.append("use a smaller `batchSize`, or fewer `workers` and `shards`")
    case .parameters: remedies.append("use a smaller network")
    case .data: remedies.append("use a smaller file")
    case .generatedImages: remedies.append("ask for fewer images")
    case .program: if remedies.isEmpty { remedies.append("end other programs") }
    }
    return remedies
  }

  /// The margin is the program's.
  private var requestBytes: Double {
    Double(neededBytes) + (use == .program ? Double(MemoryLimits.marginBytes) : 0)
  }

  private var keptBytes: Double { use == .program ? 0 : Double(MemoryLimits.marginBytes) }
}

extension MemoryLimit {
  /// As in "left of …".
  package var words: String {
    let total = mebibytes(Double(totalBytes), .down)
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

  fileprivate func remedy(missingBytes: Double) -> String {
    switch kind {
    case .addressSpace, .data:
      "raise that limit by \(mebibytes(missingBytes, .up)) MiB or more"
    case .controlGroup: "give the job or container more memory"
    case .machine: "end other programs"
    case .promises: "end other programs or raise vm.overcommit_ratio"
    }
  }
}

private func mebibytes(_ bytes: Double, _ rule: FloatingPointRoundingRule) -> Int {
  Int((bytes / 1_048_576).rounded(rule))
}
