/// What a rank tells the ranks that watch over a job, several times a second.
package struct RankSign: Hashable, Sendable {
  /// What the rank does, as `ActivityBoard.packed`.
  package var activity: UInt64
  /// The time that it has waited in an operation of all ranks; 0 if it does not wait.
  package var waitedSeconds: Double

  package init(activity: UInt64 = 0, waitedSeconds: Double = 0) {
    self.activity = activity
    self.waitedSeconds = waitedSeconds
  }

  package static let byteCount = 16

  package var bytes: [UInt8] {
    withUnsafeBytes(of: activity) { [UInt8]($0) }
      + withUnsafeBytes(of: waitedSeconds.bitPattern) { [UInt8]($0) }
  }

  /// - Parameter bytes: `byteCount` of them, from a rank on a machine of the same kind.
  package init(bytes: [UInt8]) {
    self = bytes.withUnsafeBytes {
      RankSign(
        activity: $0.loadUnaligned(as: UInt64.self),
        waitedSeconds: Double(bitPattern: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
    }
  }
}
