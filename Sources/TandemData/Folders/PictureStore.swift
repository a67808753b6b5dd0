import Foundation
import Synchronization
import TandemImage
import TandemTensor

/// Keeps resized pictures, so that each is decoded once: in memory, or in a file that the next run
/// finds again. Each picture has its own place, and a digest beside it that says whether it is
/// there and whole.
///
/// Any number of threads may ask at once, and processes for the same file: who finds a picture
/// missing makes it, and all make the same one. Memory that is not yet written to takes no room.
final class PictureStore: @unchecked Sendable {
  // Sendable: places and digests are constant; pixels are written by the thread that has claimed
  // the picture, before it publishes their digest.

  /// Where each picture's pixels begin, and where the last one's end.
  private let starts: [Int]
  private let base: UnsafeMutableRawPointer
  private let byteCount: Int
  private let digests: UnsafeMutablePointer<Atomic<UInt64>>
  private let claimed: UnsafeMutablePointer<Atomic<UInt8>>

  /// - Parameters:
  ///   - byteCounts: of the pictures' pixels.
  ///   - path: of the file; nil for memory of this process.
  /// - Throws: `FileError`, `MemoryError`.
  init(byteCounts: [Int], path: String?) throws {
    var starts = [0]
    starts.reserveCapacity(byteCounts.count + 1)
    for count in byteCounts { starts.append(starts[starts.count - 1] + count) }
    let head = MemoryArena.pageBytes(byteCounts.count * MemoryLayout<UInt64>.size)
    let size = head + max(1, starts[starts.count - 1])
    let flags: Int32
    var descriptor: Int32 = -1
    if let path {
      descriptor = try Self.open(path, size)
      flags = MAP_SHARED
    } else {
      try MemoryLimits.require(bytes: size, purpose: "resized pictures")
      flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
    }
    let mapping = mmap(nil, size, PROT_READ | PROT_WRITE, flags, descriptor, 0)
    let code = errno
    if descriptor >= 0 { close(descriptor) }
    guard mapping != MAP_FAILED, let mapping else {
      if let path { throw FileError.cannotWrite(path: path, code: code) }
      throw MemoryError(
        neededBytes: size, purpose: "resized pictures", use: .data,
        shortage: MemoryLimits.refusal(bytes: size)
      )
    }
    self.starts = starts
    base = mapping
    byteCount = size
    digests = mapping.bindMemory(to: Atomic<UInt64>.self, capacity: byteCounts.count)
    claimed = .allocate(capacity: max(1, byteCounts.count))
    for place in byteCounts.indices { (claimed + place).initialize(to: Atomic(0)) }
    pixels = mapping + head
  }

  private let pixels: UnsafeMutableRawPointer

  deinit {
    claimed.deallocate()
    munmap(base, byteCount)
  }

  /// A file of the size, with what is in it already. All of its room is taken now: a full disk
  /// would end the process later.
  private static func open(_ path: String, _ size: Int) throws -> Int32 {
    try CacheFolder.make(FileSystem.parent(of: path))
    let descriptor = FileSystem.open(path, O_RDWR | O_CREAT, 0o666)
    guard descriptor >= 0 else { throw FileError.cannotWrite(path: path, code: errno) }
    let code = posix_fallocate(descriptor, 0, off_t(size))
    guard code == 0 else {
      close(descriptor)
      throw FileError.cannotWrite(path: path, code: code)
    }
    return descriptor
  }

  private func digest(_ pixels: UnsafeRawBufferPointer) -> UInt64 {
    var digest = ContentDigest()
    digest.add(pixels)
    // 0 stands for a picture that is not there.
    return digest.value | 1
  }

  /// Calls `body` with the samples of a picture, which `make` makes where they are not there yet.
  /// - Throws: what `make` throws.
  func withSamples(
    _ place: Int, making make: () throws -> Picture,
    do body: (UnsafePointer<UInt8>) throws -> Void
  ) throws {
    let own = UnsafeRawBufferPointer(
      start: pixels + starts[place], count: starts[place + 1] - starts[place])
    let known = digests[place].load(ordering: .acquiring)
    if known != 0, known == digest(own), let start = own.baseAddress {
      return try body(start.assumingMemoryBound(to: UInt8.self))
    }
    let picture = try make()
    try picture.samples.withUnsafeBytes { samples in
      guard let start = samples.baseAddress else { return }
      if samples.count == own.count, claim(place) {
        UnsafeMutableRawBufferPointer(mutating: own).copyMemory(from: samples)
        digests[place].store(digest(samples), ordering: .releasing)
      }
      try body(start.assumingMemoryBound(to: UInt8.self))
    }
  }

  /// Whether the calling thread is the first one of this process to write the picture.
  private func claim(_ place: Int) -> Bool {
    claimed[place].exchange(1, ordering: .relaxed) == 0
  }
}
