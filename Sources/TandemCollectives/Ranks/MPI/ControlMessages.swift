import COpenMPI

/// Small messages from rank to rank beside the collective operations. Belongs to the communication
/// thread.
final class ControlMessages {
  enum Kind: Int32 {
    case sign = 1
    /// Why the sender cannot go on.
    case failure = 2
    /// The ranks of the sender's host whose processes are gone, four bytes each.
    case gone = 4
    /// That the job is over, and the sender has said why.
    case ending = 3
    /// The answer to `ending`.
    case understood = 5
    /// That all have understood: the receiver leaves, the sender after it.
    case leave = 6
    /// The sender's ends of its TCP connections.
    case connections = 7
  }

  struct Message {
    let kind: Kind
    let sender: Int
    let bytes: [UInt8]
  }

  private final class Sending {
    var request = tandem_mpi_request()
    let receiver: Int
    let buffer: UnsafeMutableRawBufferPointer

    init(_ bytes: [UInt8], to receiver: Int) {
      self.receiver = receiver
      buffer = .allocate(byteCount: max(1, bytes.count), alignment: 8)
      buffer.copyBytes(from: bytes)
    }

    deinit { buffer.deallocate() }
  }

  private let communicator: tandem_mpi_communicator
  private var sendings: [Sending] = []

  init() throws {
    var communicator = tandem_mpi_communicator()
    try MPILibrary.check("starting MPI", tandem_mpi_duplicate_world(&communicator))
    self.communicator = communicator
  }

  /// Starts to send; the bytes are kept until they have left.
  func send(_ kind: Kind, _ bytes: [UInt8], to rank: Int) throws {
    let sending = Sending(bytes, to: rank)
    try MPILibrary.check(
      "a message",
      tandem_mpi_start_send(
        communicator, sending.buffer.baseAddress, Int32(bytes.count), Int32(rank), kind.rawValue,
        &sending.request))
    sendings.append(sending)
  }

  /// Whether everything for rank `receiver`, or for all of them, has left.
  func hasSentAll(to receiver: Int? = nil) throws -> Bool {
    try sendings.removeAll { sending in
      var isDone: Int32 = 0
      try MPILibrary.check("a message", tandem_mpi_test(&sending.request, &isDone))
      return isDone != 0
    }
    return !sendings.contains { receiver == nil || $0.receiver == receiver }
  }

  /// The next message that has come, if any.
  func receive() throws -> Message? {
    var hasCome: Int32 = 0
    var sender: Int32 = 0
    var tag: Int32 = 0
    var count: Int32 = 0
    try MPILibrary.check(
      "a message", tandem_mpi_probe(communicator, &hasCome, &sender, &tag, &count))
    guard hasCome != 0 else { return nil }
    var bytes = [UInt8](repeating: 0, count: Int(count))
    try MPILibrary.check(
      "a message",
      bytes.withUnsafeMutableBytes {
        tandem_mpi_receive(communicator, $0.baseAddress, count, sender, tag)
      })
    guard let kind = Kind(rawValue: tag) else {
      preconditionFailure("a message of an unknown kind")
    }
    return Message(kind: kind, sender: Int(sender), bytes: bytes)
  }
}
