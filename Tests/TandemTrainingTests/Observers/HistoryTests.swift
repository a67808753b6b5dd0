import Foundation
import TandemTraining
import TestSupport
import Testing

@Suite("History")
struct HistoryTests {
  private func record(_ json: String) throws -> EpochRecord {
    try JSONDecoder().decode(EpochRecord.self, from: Data(json.utf8))
  }

  @Test("one line per epoch; cells of what was not measured are empty")
  func csv() throws {
    let full = try record(
      """
      {"epoch": 1, "step": 600, "learningRate": 0.001, "trainLoss": 0.5, "trainTop1": 0.75,
       "testLoss": 0.25, "testTop1": 0.875, "testTop5": 1, "imagesPerSecond": 20000, "seconds": 3,
       "secondsWaitingForData": 0.125,
       "exchange": {"bytesSent": 4096, "secondsExchanging": 0.5, "secondsExposed": 0.25}}
      """)
    let partial = try record(
      """
      {"epoch": 2, "step": 1200, "learningRate": 0.001, "trainLoss": 0.25, "trainTop1": 0.5,
       "imagesPerSecond": 10000, "seconds": 6, "secondsWaitingForData": 0,
       "exchange": {"bytesSent": 0, "secondsExchanging": 0, "secondsExposed": 0}}
      """)
    #expect(
      HistoryWriter.csv([full, partial]) == """
        epoch,step,learningRate,trainLoss,trainTop1,testLoss,testTop1,testTop5,imagesPerSecond,\
        seconds,secondsWaitingForData,bytesSent,secondsExchanging,secondsExposed
        1,600,0.001,0.5,0.75,0.25,0.875,1.0,20000.0,3.0,0.125,4096,0.5,0.25
        2,1200,0.001,0.25,0.5,,,,10000.0,6.0,0.0,0,0.0,0.0

        """)
  }

  @Test("a run's history holds what its events said, as CSV and JSON")
  func files() throws {
    try withTemporaryFolder { folder in
      let recorder = Recorder()
      let trainer = try makeTrainer(quartersPair(train: 40), observers: [recorder]) {
        $0.epochs = 3
        $0.evaluatesEachEpoch = true
        $0.outputFolder = folder + "/run"
      }
      _ = try trainer.run()
      let csv = try String(contentsOfFile: folder + "/run/history.csv", encoding: .utf8)
      #expect(csv == HistoryWriter.csv(recorder.epochs))
      struct Document: Decodable {
        let run: [String: Value]
        let epochs: [EpochRecord]
        enum Value: Decodable, Equatable {
          case number(Int)
          case text(String)
          init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Int.self) {
              self = .number(number)
            } else {
              self = .text(try container.decode(String.self))
            }
          }
        }
      }
      let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/run/history.json"))
      let document = try JSONDecoder().decode(Document.self, from: data)
      #expect(document.epochs == recorder.epochs)
      #expect(document.run["network"] == .text("small"))
      #expect(document.run["batchSize"] == .number(16))
    }
  }
}
