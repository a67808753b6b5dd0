/// In what a run differs from the checkpoint that it continues: "made with `what` `saved`, this run
/// has `current`; `remedy`".
package struct SettingDifference: Hashable, Sendable {
  let what: String
  let saved: String
  let current: String
  let remedy: String
}
