/// The base rate throughout.
public struct ConstantSchedule: ScheduleShape {
  public static let name = "constant"

  public static let options: [ScheduleOption] = []

  public init() {}

  public init(_ options: ScheduleOptions) throws(ScheduleError) {}

  public func check() throws(ScheduleError) {}

  public func learningRate(base: Double, at progress: ScheduleProgress) -> Double { base }
}
