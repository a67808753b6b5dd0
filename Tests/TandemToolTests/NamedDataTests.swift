import Foundation
import Tandem
import TestSupport
import Testing

/// Data sets by name through the built tool, with Fashion-MNIST's real files from a server of this
/// machine: from the folder that `TANDEM_DATA` names, else from `../shared/data`.
@Suite(.serialized, .enabled(if: FileServer.canRun, "needs python3")) struct NamedDataTests {
  private static let data =
    ProcessInfo.processInfo.environment["TANDEM_DATA"]
    ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../../shared/data").standardized.path
  private static let hasFiles = FileManager.default.fileExists(atPath: data + "/fashion-mnist")

  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private var cache: String { folder.path("cache/tandem/data/fashion-mnist") }

  private func run(_ line: String, mirror: String, proxy: String = "") throws -> ToolRun {
    try ToolRun(
      line.split(separator: " ").map(String.init),
      shell: "XDG_CACHE_HOME='\(folder.path("cache"))' TANDEM_DATA_MIRROR='\(mirror)' "
        + "http_proxy='\(proxy)' no_proxy='' exec \"$@\"", in: folder.url)
  }

  @Test(.enabled(if: hasFiles, "fashion-mnist is not there; set TANDEM_DATA"))
  func fetchesListsVerifiesAndTrains() throws {
    let server = try FileServer(serving: Self.data, workFolder: folder.url.path)
    let mirror = "\(server.address)/missing \(server.address)/redirect"
    let train =
      "train --model mlp --data fashion-mnist --limit-train 200 --limit-test 100 --epochs 1"
    let first = try run(train, mirror: mirror)
    first.expectSuccess()
    #expect(
      first.standardError.contains(
        "fetching \(server.address)/redirect/fashion-mnist/train-images-idx3-ubyte.gz (26 MB)"))
    #expect(first.standardError.contains("on fashion-mnist: 200 images, 10 classes"))
    let requests = server.requests.count
    try run(train, mirror: mirror).expectSuccess()
    #expect(server.requests.count == requests)

    let list = try run("data list", mirror: mirror)
    list.expectSuccess()
    #expect(list.standardOutput.contains(try Regex("fashion-mnist +31 +here ")))
    #expect(list.standardOutput.contains(try Regex("cifar-10 +170 +not here ")))
    let verified = try run("data verify", mirror: mirror)
    verified.expectSuccess()
    #expect(verified.standardOutput.contains(try Regex("fashion-mnist +31 +verified ")))
    #expect(!verified.standardOutput.contains("cifar"))

    try folder.write([1, 2, 3], to: "cache/tandem/data/fashion-mnist/t10k-labels-idx1-ubyte.gz")
    try run("data verify fashion-mnist", mirror: mirror).expectFailure(
      naming: "\(cache)/t10k-labels-idx1-ubyte.gz of fashion-mnist is damaged")
    try run("data fetch fashion-mnist --json", mirror: mirror).expectSuccess()
    try run("data verify fashion-mnist", mirror: mirror).expectSuccess()
  }

  /// One rank fetches, the others wait for it.
  @Test(
    .enabled(if: hasFiles && MPIRun.isInstalled, "needs fashion-mnist (TANDEM_DATA) and mpirun"))
  func oneRankFetches() throws {
    let server = try FileServer(serving: Self.data, workFolder: folder.url.path)
    try RankedRun.run(
      3,
      "train --model mlp --data fashion-mnist --limit-train 300 --limit-test 30 --epochs 1 --workers 1",
      wrapper: "export XDG_CACHE_HOME='\(folder.path("cache"))' "
        + "TANDEM_DATA_MIRROR='\(server.address)/good'"
    ).expectSuccess()
    #expect(server.requests.count == 4)
    #expect(Set(server.requests).count == 4)
  }

  @Test func offLineItSaysWhatToPlaceWhere() throws {
    let run = try run("train --model mlp --data mnist", mirror: "http://127.0.0.1:1")
    run.expectFailure(
      naming: "mnist is not here yet and cannot be fetched (http://127.0.0.1:1/mnist/train-images",
      "place train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz, "
        + "t10k-labels-idx1-ubyte.gz in \(folder.path("cache"))/tandem/data/mnist")
    try self.run("data fetch cifar-100", mirror: "http://127.0.0.1:1").expectFailure(
      naming: "place cifar-100-binary.tar.gz in")
  }

  @Test func proxiesAreAsked() throws {
    let server = try FileServer(serving: folder.url.path, workFolder: folder.url.path)
    try run(
      "data fetch mnist", mirror: "http://data.example.org/good", proxy: server.address
    ).expectFailure(naming: "mnist is not here yet", "404")
    #expect(server.requests == ["proxy /good/mnist/train-images-idx3-ubyte.gz"])
  }

  /// A folder of that name comes first, as before there were names.
  @Test func foldersComeFirst() throws {
    _ = try IDXFolder(in: folder, name: "mnist")
    let run = try run("train --model mlp --data mnist --epochs 1", mirror: "http://127.0.0.1:1")
    run.expectSuccess()
    #expect(run.standardError.contains("on mnist: 40 images"))
  }

  @Test func mistakes() throws {
    for (line, mirror, parts) in [
      ("data fetch", "", ["say what to fetch"]),
      ("data fetch imagenet", "", ["\"imagenet\"", "mnist"]),
      ("data fetch mnist", "ftp://x", ["TANDEM_DATA_MIRROR", "\"ftp://x\""]),
      ("data remove mnist", "", ["remove"]),
    ] {
      let run = try run(line, mirror: mirror)
      #expect(run.exitCode > 0 && run.standardOutput.isEmpty)
      for part in parts { #expect(run.standardError.contains(part), "\(run.standardError)") }
    }
  }
}
