import Foundation
import TandemTraining
import Testing

/// The rates of the first `steps` steps with base rate 1.
func rates(
  _ schedule: Schedule, steps: Int, stepsPerEpoch: Int = 1, totalSteps: Int? = nil
) -> [Double] {
  (0..<steps).map {
    Double(
      schedule.learningRate(
        base: 1, step: $0, stepsPerEpoch: stepsPerEpoch, totalSteps: totalSteps ?? steps))
  }
}

@Suite struct ScheduleTests {
  /// Rates of PyTorch's schedulers; from Tests/Fixtures/pytorch/schedules.py.
  @Test func pyTorch() throws {
    struct Golden: Decodable {
      let base: Float
      let warmUpStart: Double
      let cases: [Case]
      struct Case: Decodable {
        let schedule: String
        let options: Options
        let warmUpSteps: Int
        let measured: [Double]
        let rates: [Double]
      }
      struct Options: Decodable {
        let stepSize: Int?
        let milestones: [Int]?
        let gamma: Double?
        let minimum: Double?
        let power: Double?
        let monitor: ScheduleMetric?
        let patience: Int?
        let threshold: Double?
        let thresholdMode: PlateauSchedule.ThresholdMode?
        let cooldown: Int?
        let risingShare: Double?
        let startDivisor: Double?
        let endDivisor: Double?
        let annealing: OneCycleSchedule.Annealing?
        let threePhases: Bool?
      }
    }
    let golden = try PyTorchFixture.read("schedules", as: Golden.self)
    #expect(Set(golden.cases.map(\.schedule)) == Set(Schedule.names))
    for example in golden.cases {
      let given = example.options
      let schedule = try Schedule(
        named: example.schedule,
        options: ScheduleOptions(
          stepSize: given.stepSize, milestones: given.milestones, gamma: given.gamma,
          minimum: given.minimum, power: given.power, monitor: given.monitor,
          patience: given.patience, threshold: given.threshold,
          thresholdMode: given.thresholdMode, cooldown: given.cooldown,
          risingShare: given.risingShare, startDivisor: given.startDivisor,
          endDivisor: given.endDivisor, annealing: given.annealing,
          threePhases: given.threePhases),
        warmUpSteps: example.warmUpSteps, warmUpStart: golden.warmUpStart)
      let actual = example.rates.indices.map {
        Double(
          schedule.learningRate(
            base: golden.base, step: $0, stepsPerEpoch: 1, totalSteps: example.rates.count,
            measured: Array(example.measured.prefix($0))))
      }
      #expect(worstDifference(actual, example.rates) < 1e-7, "\(example.schedule)")
    }
  }

  @Test func warmUpRisesLinearlyToTheBaseRate() throws {
    let schedule = try Schedule(ConstantSchedule(), warmUpSteps: 4, warmUpStart: 0)
    #expect(rates(schedule, steps: 6) == [0, 0.25, 0.5, 0.75, 1, 1])
    let later = try Schedule(ConstantSchedule(), warmUpSteps: 4, warmUpStart: 0.5)
    #expect(rates(later, steps: 6) == [0.5, 0.625, 0.75, 0.875, 1, 1])
  }

  @Test func aTrainingShorterThanItsWarmUp() throws {
    let schedule = try Schedule(CosineSchedule(), warmUpSteps: 8, warmUpStart: 0)
    #expect(rates(schedule, steps: 4) == [0, 0.125, 0.25, 0.375])
  }

  @Test func constant() {
    #expect(rates(.constant, steps: 3) == [1, 1, 1])
  }

  @Test func codingRoundTrip() throws {
    let schedules = [
      Schedule.constant, try Schedule(StaircaseSchedule(everyEpochs: 3)),
      try Schedule(MultiStepSchedule(milestones: [1, 5], gamma: 0.2), warmUpSteps: 7),
      try Schedule(ExponentialSchedule(gamma: 0.5), warmUpSteps: 7, warmUpStart: 0.5),
      try Schedule(CosineSchedule(minimum: 1e-5)),
      try Schedule(PolynomialSchedule(power: 0.5, minimum: 1e-5)),
      try Schedule(PlateauSchedule(monitor: .error, patience: 3, thresholdMode: .absolute)),
      try Schedule(OneCycleSchedule(risingShare: 0.25, annealing: .linear, threePhases: true)),
    ]
    #expect(Set(schedules).count == Schedule.shapes.count)
    for schedule in schedules {
      let data = try JSONEncoder().encode(schedule)
      #expect(try JSONDecoder().decode(Schedule.self, from: data) == schedule)
    }
  }

  @Test func unknownNameListsTheKnown() {
    let error = #expect(throws: ScheduleError.self) { try Schedule(named: "cosin") }
    #expect(
      error?.description
        == "unknown schedule \"cosin\"; use one of "
        + "constant, step, multistep, exponential, cosine, polynomial, plateau, onecycle")
  }

  @Test func optionsThatAreMissingOrNotTaken() {
    let missing = #expect(throws: ScheduleError.self) { try Schedule(named: "step") }
    #expect(missing?.description == "the schedule step needs `stepSize`")
    let superfluous = #expect(throws: ScheduleError.self) {
      try Schedule(named: "cosine", options: ScheduleOptions(gamma: 0.1))
    }
    #expect(
      superfluous?.description == "the schedule cosine has no lr-gamma; leave out `gamma`")
  }

  @Test func outOfRange() {
    #expect(throws: ScheduleError.self) { try StaircaseSchedule(everyEpochs: 0) }
    #expect(throws: ScheduleError.self) { try StaircaseSchedule(everyEpochs: 1, gamma: -1) }
    #expect(throws: ScheduleError.self) { try MultiStepSchedule(milestones: [3, 3]) }
    #expect(throws: ScheduleError.self) { try MultiStepSchedule(milestones: [0]) }
    #expect(throws: ScheduleError.self) { try ExponentialSchedule(gamma: .nan) }
    #expect(throws: ScheduleError.self) { try CosineSchedule(minimum: -1) }
    #expect(throws: ScheduleError.self) { try PolynomialSchedule(power: 0) }
    #expect(throws: ScheduleError.self) { try PlateauSchedule(gamma: 1) }
    #expect(throws: ScheduleError.self) { try PlateauSchedule(patience: -1) }
    #expect(throws: ScheduleError.self) { try PlateauSchedule(threshold: .nan) }
    #expect(throws: ScheduleError.self) { try PlateauSchedule(cooldown: -1) }
    #expect(throws: ScheduleError.self) { try PlateauSchedule(minimum: -0.1) }
    #expect(throws: ScheduleError.self) { try OneCycleSchedule(risingShare: 1.5) }
    #expect(throws: ScheduleError.self) {
      try OneCycleSchedule(risingShare: 0.75, threePhases: true)
    }
    #expect(throws: ScheduleError.self) { try OneCycleSchedule(startDivisor: 0) }
    #expect(throws: ScheduleError.self) { try Schedule(ConstantSchedule(), warmUpSteps: -1) }
    let error = #expect(throws: ScheduleError.self) {
      try Schedule(ConstantSchedule(), warmUpSteps: 1, warmUpStart: 2)
    }
    #expect(
      error?.description == "the schedule's warm-up start 2.0 is out of range: it must be 0…1")
  }
}
