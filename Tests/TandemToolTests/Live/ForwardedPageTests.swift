import Foundation
import TestSupport
import Testing

/// The page of a training through `ssh -L`, as docs/live.md tells it: by a server of the test's
/// own, with keys that are thrown away.
@Suite(.enabled(if: SSHServer.canRun, "needs Debian's package openssh-server"))
struct ForwardedPageTests {
  @Test func aForwardedPageIsServed() throws {
    let folder = try TemporaryFolder()
    let page = try ServedPage(
      StartedTool(
        "train --model lenet --data shapes:1000,50 --epochs 4000 --live 0 "
          + "--output \(folder.path("run"))"))
    let server = try SSHServer(in: folder)
    let port = try server.forward(to: page.port)
    #expect(port != page.port)
    func ask(_ path: String, host: String, method: String = "GET") throws -> RawClient.Reply {
      try RawClient(port: port).ask(
        path, method: method, headers: ["Host": host, "Tandem-Token": page.token], body: Data())
    }
    for host in ["localhost:\(port)", "127.0.0.1:\(port)"] {
      let html = try ask("/", host: host)
      #expect(html.status == 200 && ParsedPage(html.body).problem == nil)
      #expect(try ask("/news", host: host).json()["phase"] as? String != nil)
    }
    #expect(try ask("/news", host: "evil.example:\(port)").status == 403)
    #expect(
      try ask(
        "/control?do=learningRate&value=0.0125", host: "localhost:\(port)", method: "POST"
      ).status == 200)
    try page.wait(for: "the rate") {
      let words = (try page.news()["rate"] as? [String: Any])?["words"] as? String
      return words == "set to 0.0125"
    }
    #expect(
      try ask("/control?do=stop", host: "localhost:\(port)", method: "POST").status == 200)
    #expect(try page.tool.end().exitCode == 0)
  }
}

/// A server for `ssh` at 127.0.0.1 that lets in whoever runs the test, with a key of a folder.
private final class SSHServer {
  private static let program = "/usr/sbin/sshd"
  private let folder: TemporaryFolder
  private let port: Int
  private var processes: [Process] = []

  static var canRun: Bool {
    [program, "/usr/bin/ssh", "/usr/bin/ssh-keygen"]
      .allSatisfy { FileManager.default.isExecutableFile(atPath: $0) }
  }

  init(in folder: TemporaryFolder) throws {
    self.folder = folder
    port = try Self.freePort()
    for key in ["host-key", "key"] {
      let made = try start(
        "/usr/bin/ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", folder.path(key)])
      made.waitUntilExit()
      try #require(made.terminationStatus == 0)
    }
    try folder.write(
      Array(
        """
        ListenAddress 127.0.0.1:\(port)
        HostKey \(folder.path("host-key"))
        AuthorizedKeysFile \(folder.path("key.pub"))
        PidFile none
        StrictModes no
        UsePAM no
        PasswordAuthentication no

        """.utf8), to: "sshd_config")
    // The system's own service makes it; a server of root's wants it.
    if geteuid() == 0 {
      try FileManager.default.createDirectory(
        atPath: "/run/sshd", withIntermediateDirectories: true)
    }
    _ = try start(Self.program, ["-D", "-e", "-f", folder.path("sshd_config")])
    try wait(for: "the server") { Self.answers(port) }
  }

  deinit {
    for process in processes where process.isRunning { process.terminate() }
  }

  /// Brings a port of the server's machine here, and says which it is here.
  func forward(to remote: Int) throws -> Int {
    let local = try Self.freePort()
    let client = try start(
      "/usr/bin/ssh",
      [
        "-F", "none", "-N", "-p", "\(port)", "-i", folder.path("key"), "-o", "BatchMode=yes",
        "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=no",
        "-o", "UserKnownHostsFile=\(folder.path("known-hosts"))",
        "-o", "ExitOnForwardFailure=yes", "-L", "\(local):127.0.0.1:\(remote)",
        "\(NSUserName())@127.0.0.1",
      ])
    try wait(for: "the forwarded port") {
      if !client.isRunning { throw StartedTool.Unexpected(what: "ssh", errors: errors) }
      return Self.answers(local)
    }
    return local
  }

  private var errors: String { (try? folder.text("errors-\(processes.count - 1)")) ?? "" }

  private func start(_ program: String, _ arguments: [String]) throws -> Process {
    let process = Process()
    // These programs close what they inherit. Foundation takes them for ended by that, and waits
    // for them before it sees any other process end; a shell in between keeps it open.
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments =
      ["-c", #"trap 'kill $child' TERM; "$0" "$@" & child=$!; wait $child"#, program] + arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = try folder.fileToWrite("errors-\(processes.count)")
    try MPIRun.withoutBlockedSignals { try process.run() }
    processes.append(process)
    return process
  }

  private func wait(for what: String, until isTrue: () throws -> Bool) throws {
    let deadline = Date(timeIntervalSinceNow: 30)
    while try !isTrue() {
      guard Date() < deadline else {
        throw StartedTool.Unexpected(what: what, errors: errors)
      }
      usleep(50_000)
    }
  }

  private static func answers(_ port: Int) -> Bool { (try? RawClient(port: port)) != nil }

  /// One that nobody has at the moment.
  private static func freePort() throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let code = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
      }
    }
    try #require(code)
    return Int(UInt16(bigEndian: address.sin_port))
  }
}
