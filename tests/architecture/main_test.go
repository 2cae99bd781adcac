package architecture_test

import (
	"fmt"
	"os"
	"testing"
)

// TestMain runs every test in the module's root: they speak of its files as the reader does.
func TestMain(m *testing.M) {
	if err := os.Chdir("../.."); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}
