//go:build !faultpoints

package function

// Point names a moment at which the process may be lost. It does nothing: only tests build the functions with the tag
// faultpoints, and then the process ends there, as by kill -9, if a test has said so. There is one after each act that
// another party sees and after each that is on record. tests/crash_test.go finds the names in the code.
func Point(string) {}

// PointAt is a Point for each thing of a kind: for each event that a function consumes, for each request that it answers.
func PointAt(function, moment, what string) {}
