import COpenMPI
import Foundation

/// Where the ranks of a job are.
struct Neighbourhood {
  /// The name of each rank's host.
  let hosts: [String]
  /// The process of each rank on its host.
  let processes: [pid_t]
  /// The ranks that share memory with this one, ascending, itself included.
  let localRanks: [Int]

  /// Asks all ranks.
  init(rank: Int, size: Int, channel: tandem_mpi_communicator) throws {
    var lowest: Int32 = 0
    try MPILibrary.check("starting MPI", tandem_mpi_lowest_neighbour(&lowest))
    let nameBytes = Int(tandem_mpi_text_capacity)
    var own = [UInt8](MPILibrary.hostName.utf8.prefix(nameBytes))
    own += [UInt8](repeating: 0, count: nameBytes - own.count)
    own += withUnsafeBytes(of: (lowest, getpid())) { [UInt8]($0) }
    let recordBytes = own.count
    var all = [UInt8](repeating: 0, count: recordBytes * size)
    let operation = MPIOperation()
    try own.withUnsafeBytes { own in
      try all.withUnsafeMutableBytes { all in
        try operation.start("starting MPI") {
          tandem_mpi_start_all_gather_bytes(
            channel, own.baseAddress, all.baseAddress, Int32(own.count), $0)
        }
        while try !operation.test() { usleep(20) }
      }
    }
    let records = (0..<size).map { Array(all[$0 * recordBytes..<($0 + 1) * recordBytes]) }
    func number(_ rank: Int, at index: Int) -> Int32 {
      records[rank].withUnsafeBytes {
        $0.loadUnaligned(fromByteOffset: nameBytes + index * 4, as: Int32.self)
      }
    }
    hosts = records.map {
      String(decoding: $0.prefix(nameBytes).prefix { $0 != 0 }, as: UTF8.self)
    }
    processes = (0..<size).map { number($0, at: 1) }
    localRanks = (0..<size).filter { number($0, at: 0) == lowest }
  }
}
