import CProcess
import Foundation
import TandemProcess
import Testing

@Suite("Messages")
struct MessageTests {
  @Test("long texts arrive whole, through a pipe that takes little at a time")
  func longText() throws {
    let pipe = Pipe()
    let descriptor = pipe.fileHandleForWriting.fileDescriptor
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    let text = String(repeating: "0123456789", count: 50_000)
    try OwnThread.start("writer") {
      MessageStream(descriptor: descriptor).write(text)
      try? pipe.fileHandleForWriting.close()
    }
    #expect(pipe.fileHandleForReading.readDataToEndOfFile() == Data(text.utf8))
  }

  @Test("words that nobody can have are lost without a word")
  func lost() throws {
    MessageStream(descriptor: 4000).write("words")
    let full = try FileHandle(forWritingTo: URL(filePath: "/dev/full"))
    MessageStream(descriptor: full.fileDescriptor).write("words")
    // Only those to standard error are told of.
    #expect(MessageStream.loss == nil)
  }

  @Test("a line says settings as the program's users know them")
  func wording() throws {
    #expect(MessageStream.wording("`anything` at all") == "`anything` at all")
    // No other test says this.
    MessageStream.wording = { $0.replacing("`someSetting`", with: "--some-option") }
    defer { MessageStream.wording = { $0 } }
    let pipe = Pipe()
    let stream = MessageStream(descriptor: pipe.fileHandleForWriting.fileDescriptor)
    stream.writeLine("use `someSetting` 3 or `another`")
    try pipe.fileHandleForWriting.close()
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    #expect(text == "use --some-option 3 or `another`\n")
  }

  @Test("the locale says what a terminal shows")
  func locale() {
    #expect(TerminalText.showsUnicode(["LANG": "en_US.UTF-8"]))
    #expect(TerminalText.showsUnicode(["LANG": "C", "LC_ALL": "", "LC_CTYPE": "C.utf8"]))
    #expect(!TerminalText.showsUnicode(["LANG": "en_US.UTF-8", "LC_ALL": "C"]))
    #expect(!TerminalText.showsUnicode([:]))
    #expect(TerminalText.plain("2 ranks × 1 worker – “é”…") == "2 ranks x 1 worker - \"é\".")
  }

  @Test("the cpus of this process were written down before OpenMP's library could restrict them")
  func startedCPUs() {
    #expect(tandem_started_cpus() > 0)
  }
}
