import COpenMPI

/// A collective operation under way: one MPI request, or several for what had to be split.
///
/// Belongs to the communication thread. MPI reads the counts until the requests are done, so they
/// live as long as this does; an operation that is given up unfinished, because the job ends,
/// leaves them to the system.
final class MPIOperation: PendingOperation {
  private var requests: [tandem_mpi_request] = []
  /// Counts and offsets of what is sent and received.
  private let numbers: UnsafeMutableBufferPointer<Int32>
  private let ranks: Int

  /// Whether shared memory can be read when the operation is over.
  let ordersMemory: Bool

  /// An operation without counts.
  init(ordersMemory: Bool = false) {
    self.ordersMemory = ordersMemory
    ranks = 0
    numbers = .init(start: nil, count: 0)
  }

  /// An operation that has counts and offsets for `lists` lists of ranges.
  init(_ lists: [Range<Int>]...) throws {
    ordersMemory = false
    ranks = lists[0].count
    let lines = try lists.map { try $0.map { try MPICount.lines($0) } }
    numbers = .allocate(capacity: lists.count * ranks * 2)
    for (list, lines) in lines.enumerated() {
      for (rank, lines) in lines.enumerated() {
        numbers.initializeElement(at: list * 2 * ranks + rank, to: lines.count)
        numbers.initializeElement(at: (list * 2 + 1) * ranks + rank, to: lines.offset)
      }
    }
  }

  deinit {
    if requests.isEmpty { numbers.deallocate() }
  }

  func counts(_ list: Int) -> UnsafePointer<Int32> {
    UnsafePointer(numbers.baseAddress! + list * 2 * ranks)
  }

  func offsets(_ list: Int) -> UnsafePointer<Int32> {
    UnsafePointer(numbers.baseAddress! + (list * 2 + 1) * ranks)
  }

  /// Starts one request of the operation.
  func start(_ name: String, _ call: (UnsafeMutablePointer<tandem_mpi_request>) -> Int32) throws {
    var request = tandem_mpi_request()
    try MPILibrary.check(name, call(&request))
    requests.append(request)
  }

  /// Moves all of MPI's requests on; whether all of this operation are done.
  func test() throws -> Bool {
    while var request = requests.last {
      var isDone: Int32 = 0
      try MPILibrary.check("an exchange", tandem_mpi_test(&request, &isDone))
      guard isDone != 0 else { return false }
      requests.removeLast()
    }
    return true
  }
}
