import Foundation
import TandemLive
import TestSupport
import Testing

/// A file of steps is followed while it grows.
struct StepFileTests {
  /// Writes each text in turn and follows it.
  private func followed(_ texts: String...) throws -> [StepFile] {
    try withTemporaryFolder { folder in
      var file = StepFile()
      return try texts.map { text in
        try write(Array(text.utf8), to: folder + "/steps.csv")
        try file.follow(folder + "/steps.csv")
        return file
      }
    }
  }

  @Test func linesAreTakenWhenTheyAreComplete() throws {
    let header = "epoch,step,images,learningRate,loss,top1,secondsInEpoch\n"
    let files = try followed(
      header + "1,1,100,0.1,2.5,0.1,0.5\n1,2,100,0.1,2.0,0.",
      header + "1,1,100,0.1,2.5,0.1,0.5\n1,2,100,0.1,2.0,0.2,1.5\n2,3,50,0.05,1,0.5,1\n")
    #expect(files[0].ring.points.map(\.step) == [1])
    #expect(files[0].ring.points[0].imagesPerSecond == 200)
    #expect(files[1].ring.points.map(\.step) == [1, 2, 3])
    #expect(files[1].ring.points.map(\.loss) == [2.5, 2, 1])
    #expect(files[1].ring.points.map(\.imagesPerSecond) == [200, 100, 50])
    #expect(files[1].beginnings == 1)
  }

  @Test func aShorterFileIsAnotherOne() throws {
    let files = try followed("epoch,step,loss\n1,1,5\n1,2,4\n", "epoch,step,loss\n1,9,3\n")
    #expect(files[1].ring.points.map(\.step) == [9] && files[1].beginnings == 2)
  }

  @Test func otherColumnsAndGarbageAreBorne() throws {
    let files = try followed("step,epoch,extra\n1,1\n\nx,y,z\n1e300,1\n2,1,7\n\u{FFFD}\n")
    #expect(files[0].ring.points.map(\.step) == [1, 2])
    var file = StepFile()
    #expect(throws: (any Error).self) { try file.follow("/nonexistent/steps.csv") }
  }
}
