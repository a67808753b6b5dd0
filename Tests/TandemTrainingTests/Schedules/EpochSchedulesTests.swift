import TandemTraining
import Testing

/// Step, multi-step and exponential: they count epochs, whatever the steps of an epoch.
@Suite struct EpochSchedulesTests {
  @Test func step() throws {
    let schedule = try Schedule(StaircaseSchedule(everyEpochs: 2, gamma: 0.5))
    #expect(rates(schedule, steps: 6) == [1, 1, 0.5, 0.5, 0.25, 0.25])
    #expect(rates(schedule, steps: 7, stepsPerEpoch: 3) == [1, 1, 1, 1, 1, 1, 0.5])
  }

  @Test func multiStep() throws {
    let schedule = try Schedule(MultiStepSchedule(milestones: [1, 3], gamma: 0.25))
    #expect(rates(schedule, steps: 5) == [1, 0.25, 0.25, 0.0625, 0.0625])
    #expect(rates(schedule, steps: 4, stepsPerEpoch: 2) == [1, 1, 0.25, 0.25])
  }

  @Test func exponential() throws {
    let schedule = try Schedule(ExponentialSchedule(gamma: 0.5))
    #expect(rates(schedule, steps: 4) == [1, 0.5, 0.25, 0.125])
    #expect(rates(schedule, steps: 4, stepsPerEpoch: 2) == [1, 1, 0.5, 0.5])
  }

  /// Epochs count from the start of the training, so milestones stay where the user put them.
  @Test func warmUpDoesNotMoveTheMilestones() throws {
    let schedule = try Schedule(
      MultiStepSchedule(milestones: [3], gamma: 0.5), warmUpSteps: 2, warmUpStart: 0)
    #expect(rates(schedule, steps: 5) == [0, 0.5, 1, 0.5, 0.5])
  }
}
