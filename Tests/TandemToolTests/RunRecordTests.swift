import Foundation
import Tandem
import TandemTraining
import Testing

/// `run.json`, what continues by it, and the commands that read it.
@Suite(.serialized) struct RunRecordTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private static let start = "train --model lenet --data shapes:300,60 --batch-size 50 --opt adam"

  private func train(_ options: String, output: String) throws -> ToolRun {
    try ToolRun("\(Self.start) \(options) --output \(folder.path(output))")
  }

  private func resume(_ run: String, _ more: String = "") throws -> ToolRun {
    try ToolRun("train --resume \(folder.path(run)) \(more)")
  }

  private func weights(_ run: String) throws -> Data {
    try Data(
      contentsOf: URL(filePath: folder.path("\(run)/checkpoint-last/model.safetensors")))
  }

  private func record(_ run: String) throws -> [String: Any] {
    let data = Data(try folder.text("\(run)/run.json").utf8)
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  @Test func saysWhatTheRunIs() throws {
    try train("-b 20 --lr=0.002 --epochs 1 --shards 2", output: "run").expectSuccess()
    let record = try record("run")
    #expect(
      record["options"] as? [String: String] == [
        "model": "lenet", "data": "shapes:300,60", "batch-size": "20", "opt": "adam",
        "lr": "0.002", "epochs": "1", "shards": "2",
      ])
    let settings = try #require(record["settings"] as? [String: [String: String]])
    #expect(settings["batchSize"] == ["value": "20", "source": "given"])
    #expect(settings["seed"] == ["value": "0", "source": "default"])
    #expect(settings["shards"] == ["value": "2", "source": "given"])
    let data = try #require(record["data"] as? [String: Any])
    #expect(data["trainImages"] as? Int == 300 && data["testImages"] as? Int == 60)
    let sessions = try #require(record["sessions"] as? [[String: Any]])
    #expect(sessions.count == 1)
    #expect(sessions[0]["ending"] as? String == "completed")
    #expect(sessions[0]["steps"] as? Int == 15 && sessions[0]["firstStep"] as? Int == 0)
    let command = try #require(sessions[0]["command"] as? [String])
    #expect(command.prefix(4) == ["tandem", "train", "--model", "lenet"])
  }

  /// The settings stand in the table from which checkpoints and ranks compare them.
  @Test func hasEverySettingThatRanksShare() throws {
    try train("--epochs 1 --steps 1", output: "run").expectSuccess()
    let settings = try #require(try record("run")["settings"] as? [String: [String: String]])
    let shared = TrainingSettings.all.filter {
      if case .same = $0.ranks { true } else { false }
    }
    #expect(Set(settings.keys) == Set(shared.map(\.name)))
  }

  /// The shards, which go by the workers where nobody gives them, stay those of the run.
  @Test func goesOnAloneToTheSameBits() throws {
    try train("--epochs 3 --lr-scheduler cosine --workers 2", output: "whole").expectSuccess()
    try train("--epochs 3 --lr-scheduler cosine --workers 2 --steps 8", output: "parts")
      .expectSuccess()
    let run = try resume("parts", "--workers 1")
    run.expectSuccess()
    #expect(!run.standardError.contains("warning"), "\(run.standardError)")
    #expect(try weights("parts") == weights("whole"))
    let sessions = try #require(try record("parts")["sessions"] as? [[String: Any]])
    #expect(sessions.map { $0["ending"] as? String } == ["stepLimit", "completed"])
    #expect(sessions.map { $0["firstStep"] as? Int } == [0, 8])
    #expect(sessions[1]["workers"] as? Int == 1)
  }

  @Test func saysWhatIsOtherNow() throws {
    try train("--epochs 1 --shards 2", output: "run").expectSuccess()
    let longer = try resume("run", "--epochs 2")
    longer.expectSuccess()
    #expect(longer.standardError.contains("epochs 1 → 2: the same bits"), "\(longer.standardError)")
    let other = try resume("run", "--epochs 3 --lr 1e-4")
    other.expectSuccess()
    #expect(
      other.standardError.contains("learningRate 0.001 → 0.0001: a new course from here on"),
      "\(other.standardError)")
    let shown = try ToolRun("show \(folder.path("run"))")
    shown.expectSuccess()
    #expect(shown.standardOutput.contains("Changed at step 6: epochs 1 → 2"))
    #expect(
      shown.standardOutput.contains("Changed at step 12: epochs 2 → 3, learningRate 0.001 → 0.0001")
    )
  }

  /// A relative path of the data means what it meant where the run was started.
  @Test func findsTheDataOfAMovedRun() throws {
    let data = try IDXFolder(in: folder, name: "digits")
    let options = "train --model mlp --data \(data.name) --shards 2 --batch-size 8 --opt adam"
    try ToolRun(options + " --epochs 3 --output whole", in: folder.url).expectSuccess()
    try ToolRun(options + " --epochs 2 --steps 2 --output run", in: folder.url).expectSuccess()
    try FileManager.default.moveItem(atPath: folder.path("run"), toPath: folder.path("moved"))
    try resume("moved").expectSuccess()
    try FileManager.default.moveItem(
      atPath: folder.path(data.name), toPath: folder.path("elsewhere"))
    try resume("moved", "--epochs 3").expectFailure(naming: data.name)
    let run = try resume("moved", "--epochs 3 --data \(folder.path("elsewhere"))")
    run.expectSuccess()
    #expect(try weights("moved") == weights("whole"))
  }

  @Test func damagedRecordsAreNamed() throws {
    try train("--epochs 1 --steps 1", output: "run").expectSuccess()
    let good = try folder.text("run/run.json")
    let path = folder.path("run/run.json")
    func write(_ text: String) throws { try Data(text.utf8).write(to: URL(filePath: path)) }
    func damage(_ text: String, _ other: String) throws {
      #expect(good.contains(text))
      try write(good.replacing(text, with: other))
    }
    try damage("\"opt\" :", "\"optt\" :")
    try resume("run").expectFailure(naming: "run.json", "\"optt\"", "did you mean")
    try damage("\"format\" : 1", "\"format\" : 7")
    for command in ["show", "train --resume"] {
      try ToolRun("\(command) \(folder.path("run"))")
        .expectFailure(naming: "run.json", "format 7")
    }
    try damage("\"seed\" : 0", "\"seed\" : \"none\"")
    try resume("run").expectFailure(naming: "run.json", "\"seed\"", "another kind")
    try damage("\"trainImages\"", "\"images\"")
    try resume("run").expectFailure(naming: "run.json", "\"data.trainImages\" is missing")
    try write(String(good.prefix(good.count / 2)))
    try resume("run").expectFailure(naming: "run.json", "no JSON")
    // A list of runs shows the others.
    try train("--epochs 1", output: "other").expectSuccess()
    let list = try ToolRun("runs \(folder.path("."))")
    list.expectSuccess()
    #expect(list.standardOutput.contains("other") && list.standardError.contains("no JSON"))
  }

  @Test func listsAndComparesRuns() throws {
    try train("--epochs 1", output: "short").expectSuccess()
    try train("--epochs 4 --lr 3e-3", output: "long").expectSuccess()
    struct Line: Decodable {
      let run: String
      let epochs: Int
      let bestTop1: Double?
    }
    let byName = try ToolRun("runs \(folder.path(".")) --json").json(as: [Line].self)
    #expect(byName.map(\.run) == ["long", "short"] && byName.map(\.epochs) == [4, 1])
    let best = try ToolRun("runs \(folder.path(".")) --sort top-1 --json").json(as: [Line].self)
    let accuracies = best.compactMap(\.bestTop1)
    #expect(accuracies.count == 2 && accuracies[0] >= accuracies[1])
    let one = try ToolRun("runs \(folder.path(".")) --filter sho --json").json(as: [Line].self)
    #expect(one.map(\.run) == ["short"])

    struct Difference: Decodable {
      let what: String
      let first: String
      let second: String
    }
    let differences = try ToolRun("diff \(folder.path("short")) \(folder.path("long")) --json")
      .json(as: [Difference].self)
    let rate = try #require(differences.first { $0.what == "learningRate" })
    #expect(rate.first == "0.001" && rate.second == "0.003")
    #expect(!differences.contains { $0.what == "network" || $0.what == "data" })
    let same = try ToolRun("diff \(folder.path("short")) \(folder.path("short"))")
    same.expectSuccess()
    #expect(same.standardOutput.contains("do not differ"))
    try ToolRun("diff \(folder.path("short"))").expectFailure(naming: "two runs")
    try ToolRun("show \(folder.path("nowhere"))").expectFailure(naming: "nowhere/run.json")
  }
}
