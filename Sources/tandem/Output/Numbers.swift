import Foundation
import TandemNetwork

// Numbers as people read them, as far as only the tool prints them; the others are in NumberText.

/// `5_242_880` → `5.0 MiB`
func mebibytes(_ bytes: Int) -> String {
  decimals(Double(bytes) / 1_048_576, 1) + " MiB"
}

/// `5_368_709_120` → `5.0 GiB`
func gibibytes(_ bytes: Int) -> String {
  decimals(Double(bytes) / 1_073_741_824, 1) + " GiB"
}

/// `0.000123` → `1.2e-04`
func scientific(_ value: Double, _ digits: Int) -> String {
  String(format: "%.\(digits)e", value)
}

/// The number in as few digits as tell it: `0.001`, `1e-06`
func significant(_ value: Double) -> String {
  String(format: "%.4g", value)
}

/// Four decimals, unless it has run away: `0.2153`, `3.91e+29`
func lossText(_ value: Double) -> String {
  abs(value) < 1e5 ? decimals(value, 4) : scientific(value, 2)
}
