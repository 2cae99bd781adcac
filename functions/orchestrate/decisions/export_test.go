package decisions

// What the tests in decisions_test count by.
const (
	PagesAtOnce  = pagesAtOnce
	NotFoundWait = notFoundWait
)
