package atomicfile

import (
	"os"
	"path/filepath"
	"testing"
)

func TestAFileIsReplacedAsAWhole(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	for _, value := range []string{"a long first value", "short"} {
		if err := WriteJSON(path, value); err != nil {
			t.Fatal(err)
		}
		if text, err := os.ReadFile(path); err != nil || string(text) != `"`+value+`"` {
			t.Errorf("the file holds %s, %v", text, err)
		}
	}
	info, err := os.Stat(path)
	if left, _ := filepath.Glob(filepath.Join(dir, "*.tmp")); err != nil || info.Mode() != 0o600 || len(left) != 0 {
		t.Errorf("mode %v, left over %v, %v", info.Mode(), left, err)
	}
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	if err := WriteJSON(path, func() {}); err == nil {
		t.Error("a function was written as JSON")
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != `"short"` {
		t.Errorf("after a failure the file holds %s, %v", text, err)
	}
}
