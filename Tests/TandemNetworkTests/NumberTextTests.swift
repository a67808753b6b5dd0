import TandemNetwork
import Testing

@Suite struct NumberTextTests {
  @Test func decimalsAreFixedAndRounded() {
    #expect(decimals(0.12356, 3) == "0.124")
    #expect(decimals(-2, 0) == "-2")
    #expect(decimals(.nan, 2) == "nan")
    #expect(decimals(-Double.nan, 2) == "nan")
    #expect(decimals(-.infinity, 2) == "-inf")
  }

  @Test func percentHasTwoDecimals() {
    #expect(percent(0.98765) == "98.77 %")
    #expect(percent(1) == "100.00 %")
  }

  @Test func nounsFollowTheirNumber() {
    #expect(counted(1, "worker") == "1 worker")
    #expect(counted(0, "shard") == "0 shards")
    #expect(counted(2, "shard") == "2 shards")
  }

  @Test func thousandsAreSeparated() {
    #expect(61_706.grouped == "61,706")
    #expect(999.grouped == "999")
    #expect((-1_234_567).grouped == "-1,234,567")
    #expect(61_705.6.grouped == "61,706")
    #expect(1e19.grouped == "1e+19")
    #expect(Double.infinity.grouped == "inf")
  }
}
