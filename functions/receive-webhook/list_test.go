package receivewebhook

import (
	"bytes"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

func TestAddressListsAreReadStrictly(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text     string
		networks int
		reason   string
	}{
		"one":                      {"192.0.2.0/24", 1, ""},
		"lines, commas, comments":  {"# Yousign\n192.0.2.0/24, 198.51.100.7 # main\r\n\n\t2001:db8::/32\n", 3, ""},
		"empty":                    {"", 0, "it lists no network"},
		"only comments":            {"# 192.0.2.0/24\n\n", 0, "it lists no network"},
		"a wrong line":             {"192.0.2.0/24\n192.0.2.300\n", 0, "line 2: "},
		"everybody":                {"0.0.0.0/0", 0, "line 1: "},
		"a comma too many":         {"192.0.2.1,\n192.0.2.2", 0, "line 1: "},
		"a name":                   {"yousign.app", 0, "line 1: "},
		"blanks instead of commas": {"192.0.2.1 192.0.2.2", 0, "line 1: "},
	} {
		all, err := parseList(c.text)
		if len(all) != c.networks || (err == nil) != (c.reason == "") || err != nil && !strings.HasPrefix(err.Error(), c.reason) {
			t.Errorf("%s: %v, %v", name, all, err)
		}
	}
}

// TestTheListInTheClusterIsOne: what knative/manifests mounts is a list, and has the addresses that Yousign publishes.
func TestTheListInTheClusterIsOne(t *testing.T) {
	t.Parallel()
	list, err := openAddressList(os.DirFS("../../knative/manifests/addresses"), "yousign.main", time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	p := addressProof{listed: list.networks}
	for from, want := range map[string]bool{"57.130.41.150:1": true, "51.38.96.127:1": true, "52.143.162.31:1": true, "52.143.162.32:1": false, "127.0.0.1:1": false} {
		if err := p.verify(&http.Request{RemoteAddr: from}); (err == nil) != want {
			t.Errorf("%s: %v", from, err)
		}
	}
}

// reloading is a list in a folder that the test changes, with a clock that it moves.
type reloading struct {
	*addressList
	folder fstest.MapFS
	clock  time.Time
	writes int64
	log    bytes.Buffer
}

func newReloading(t *testing.T) *reloading {
	t.Helper()
	r := &reloading{folder: fstest.MapFS{}, clock: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)}
	r.write("192.0.2.1")
	var err error
	r.addressList, err = openAddressList(r.folder, "yousign.main", func() time.Time { return r.clock }, slog.New(slog.NewJSONHandler(&r.log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *reloading) write(text string) {
	r.writes++
	r.folder["yousign.main"] = &fstest.MapFile{Data: []byte(text), ModTime: time.Unix(r.writes, 0)}
}

// holds says what the list is after time passed.
func (r *reloading) holds(later time.Duration) string {
	r.clock = r.clock.Add(later)
	var all []string
	for _, n := range r.networks() {
		all = append(all, n.String())
	}
	return strings.Join(all, " ")
}

func TestAChangedListIsReadWithoutARestart(t *testing.T) {
	t.Parallel()
	r := newReloading(t)
	r.write("192.0.2.1\n198.51.100.0/24")
	if got := r.holds(lookEvery - 1); got != "192.0.2.1/32" {
		t.Errorf("the file was looked at too early: %s", got)
	}
	if got := r.holds(1); got != "192.0.2.1/32 198.51.100.0/24" {
		t.Errorf("the change was not read: %s", got)
	}
	r.write("198.51.100.0/24")
	if got := r.holds(-time.Hour); got != "198.51.100.0/24" {
		t.Errorf("after the clock was set back: %s", got)
	}
	if n := strings.Count(r.log.String(), "the list of addresses changed"); n != 2 {
		t.Errorf("two changes are told %d times", n)
	}
}

func TestMalformedListsAreLoggedAndThePreviousStays(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "0.0.0.0/0", "192.0.2.1\n198.51.100", "<html>"} {
		r := newReloading(t)
		r.write(text)
		for range 3 {
			if got := r.holds(lookEvery); got != "192.0.2.1/32" {
				t.Errorf("%q: the list is %s", text, got)
			}
		}
		if n := strings.Count(r.log.String(), `"level":"ERROR"`); n != 1 {
			t.Errorf("%q is told %d times: %s", text, n, &r.log)
		}
		r.write("198.51.100.7")
		if got := r.holds(lookEvery); got != "198.51.100.7/32" {
			t.Errorf("after %q was put right: %s", text, got)
		}
	}
}

func TestAListThatIsGoneLeavesTheOneBeforeIt(t *testing.T) {
	t.Parallel()
	r := newReloading(t)
	delete(r.folder, "yousign.main")
	if got := r.holds(lookEvery); got != "192.0.2.1/32" || !strings.Contains(r.log.String(), `"level":"ERROR"`) {
		t.Errorf("the list is %s; %s", got, &r.log)
	}
}

// TestAMountedConfigMapIsReadAnew changes files as the kubelet does: a link to a folder is exchanged for another.
func TestAMountedConfigMapIsReadAnew(t *testing.T) {
	t.Parallel()
	mount := t.TempDir()
	apply := func(version, text string) {
		if err := os.Mkdir(filepath.Join(mount, version), 0o700); err != nil {
			t.Fatal(err)
		}
		err := os.WriteFile(filepath.Join(mount, version, "yousign.main"), []byte(text), 0o600)
		if err == nil {
			err = os.Symlink(version, filepath.Join(mount, "..next"))
		}
		if err == nil {
			err = os.Rename(filepath.Join(mount, "..next"), filepath.Join(mount, "..data"))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	apply("..1", "192.0.2.1")
	if err := os.Symlink("..data/yousign.main", filepath.Join(mount, "yousign.main")); err != nil {
		t.Fatal(err)
	}
	clock := time.Now()
	list, err := openAddressList(os.DirFS(mount), "yousign.main", func() time.Time { return clock }, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	apply("..2", "198.51.100.70")
	clock = clock.Add(lookEvery)
	if got := list.networks(); len(got) != 1 || got[0].String() != "198.51.100.70/32" {
		t.Errorf("the list is %v", got)
	}
}
