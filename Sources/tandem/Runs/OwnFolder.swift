import Foundation
import TandemTensor

/// The output folder of a run that was given none: `runs/MODEL-DATA-DATE-N` in the present folder.
struct OwnFolder {
  /// What all of them are in.
  static let parent = "runs"

  /// `lenet-shapes-2026-11-29-`
  private let start: String

  /// - Parameters:
  ///   - model: the network's name.
  ///   - data: the data set as the user wrote it.
  ///   - date: `2026-11-29`.
  init(model: String, data: String, date: String = Self.today) {
    start = "\(Self.word(model, "model"))-\(Self.word(Self.lastName(data), "data"))-\(date)-"
  }

  /// The path that the next run would have, if no other comes before it.
  var next: String { path(number) }

  /// Makes the folder. Runs that begin at the same time get one each.
  /// - Returns: its path.
  /// - Throws: `RunFolderError`.
  func make() throws -> String {
    var number = number
    for _ in 0..<Self.mostAttempts {
      guard FileSystem.makeFolder(Self.parent) == 0 || errno == EEXIST else { break }
      if FileSystem.makeFolder(path(number)) == 0 { return path(number) }
      switch errno {
      case EEXIST: number += 1
      case ENOENT: continue  // Another run has taken the folder above back.
      default: throw RunFolderError(path: path(number), code: errno)
      }
    }
    throw RunFolderError(path: path(number), code: errno)
  }

  private static let mostAttempts = 10_000

  /// Takes a folder back in which nothing was written.
  static func removeIfEmpty(_ path: String) {
    if FileSystem.removeFolder(path) == 0 { _ = FileSystem.removeFolder(parent) }
  }

  private func path(_ number: Int) -> String { "\(Self.parent)/\(start)\(number)" }

  /// One more than the largest one that is there, so that later runs have larger numbers.
  private var number: Int {
    let names = (try? FileSystem.names(inFolder: Self.parent)) ?? []
    let numbers = names.compactMap { name in
      name.hasPrefix(start) ? Int(name.dropFirst(start.count)) : nil
    }
    return min(numbers.max() ?? 0, Int(Int32.max)) + 1
  }

  /// `pets` of `data/pets/`, and of `.` the present folder's name.
  private static func lastName(_ path: String) -> String {
    func last(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? "" }
    let name = last(path)
    return [".", ".."].contains(name) ? last(FileSystem.realPath(path) ?? "") : name
  }

  /// Names of folders have 255 bytes at most.
  private static let longestWord = 96

  /// A text as a part of a folder's name that no shell and no terminal minds.
  private static func word(_ text: String, _ instead: String) -> String {
    let characters = text.map { $0.isLetter || $0.isNumber || "._".contains($0) ? $0 : "-" }
    var word = String(characters.drop { "-.".contains($0) })
    while word.utf8.count > longestWord { word.removeLast() }
    while word.last == "-" { word.removeLast() }
    return word.isEmpty ? instead : word
  }

  /// By the clock of the place.
  private static var today: String {
    var seconds = time(nil)
    var parts = tm()
    localtime_r(&seconds, &parts)
    var text = [CChar](repeating: 0, count: 32)
    let count = strftime(&text, text.count, "%Y-%m-%d", &parts)
    return String(decoding: text[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
