package generatedoc

import (
	"bytes"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/paraphe/paraphe/functions/generate-doc/typeset"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// fourPages is the contract that is measured: the French service agreement without the clauses of GDPR art. 28.
func fourPages() persistclient.View {
	return with(sample("service-agreement/1", "fr"), func(data map[string]any) { data["processes_personal_data"] = false })
}

// bare draws lines that are laid out already, with nothing but the library: what no program on top of it can beat.
func bare(pages []typeset.Page) []byte {
	f := newLibrary()
	f.SetCatalogSort(true)
	f.SetCellMargin(0)
	for _, page := range pages {
		f.AddPage()
		for _, placed := range page {
			for _, op := range placed.Ops {
				switch o := op.(type) {
				case typeset.Text:
					f.line(o, placed.Y)
				case typeset.Rect:
					f.Rect(o.X, placed.Y+o.Y, o.W, o.H, "D")
				}
			}
		}
	}
	var out bytes.Buffer
	if err := f.Output(&out); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// line draws a line as the library does it: justified through a cell.
func (l library) line(o typeset.Text, y float64) {
	l.use(o.Face, o.Size)
	if o.Stretch == 0 {
		l.Text(o.X, y+o.Y, o.Text)
		return
	}
	width := l.GetStringWidth(o.Text) + float64(strings.Count(o.Text, " "))*o.Stretch
	l.SetXY(o.X, y+o.Y-0.3*o.Size)
	l.CellFormat(width, 0, o.Text, "", 0, "J", false, 0, "")
}

// cost is what one run of something takes.
type cost struct {
	ms, allocs float64
	bytes      int
}

func costOf(run func() []byte, n int) cost {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	began := processorTime()
	size := 0
	for range n {
		size = len(run())
	}
	took := processorTime() - began
	runtime.ReadMemStats(&after)
	return cost{took.Seconds() * 1000 / float64(n), float64(after.Mallocs-before.Mallocs) / float64(n), size}
}

// processorTime is what the process has used so far: other than the clock, it is not the neighbours' affair.
func processorTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		panic(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// BenchmarkContract draws a contract of four pages, from the record's view of it to the PDF's bytes.
func BenchmarkContract(b *testing.B) {
	view := fourPages()
	b.ReportAllocs()
	for b.Loop() {
		mustDraw(b, view)
	}
}

// BenchmarkBareLibrary draws the same lines.
func BenchmarkBareLibrary(b *testing.B) {
	pages := laidOut(b, fourPages())
	b.ReportAllocs()
	for b.Loop() {
		bare(pages)
	}
}

// BenchmarkAgainstBareLibrary reports the ratios of the two, taken in turns in one run.
func BenchmarkAgainstBareLibrary(b *testing.B) {
	view, pages := fourPages(), laidOut(b, fourPages())
	var ours, theirs cost
	draw := func() []byte { return mustDraw(b, view).File }
	costOf(draw, 3)
	rounds := 0
	for b.Loop() {
		o, t := costOf(draw, 4), costOf(func() []byte { return bare(pages) }, 4)
		ours = cost{ours.ms + o.ms, ours.allocs + o.allocs, o.bytes}
		theirs = cost{theirs.ms + t.ms, theirs.allocs + t.allocs, t.bytes}
		rounds++
	}
	b.ReportMetric(ours.ms/float64(rounds), "cpu-ms")
	b.ReportMetric(ours.ms/theirs.ms, "×bare-cpu")
	b.ReportMetric(ours.allocs/theirs.allocs, "×bare-allocs")
	b.ReportMetric(float64(ours.bytes), "bytes")
	b.ReportMetric(float64(ours.bytes)/float64(theirs.bytes), "×bare-bytes")
	b.ReportMetric(0, "ns/op")
	b.Logf("%d pages", len(pages))
}
