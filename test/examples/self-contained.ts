// Whether a page needs anything but itself.

/** What in a page would make a browser ask somebody, or run code. */
export function outsideOf(page: string): string[] {
  return (
    page.match(
      /https?:|["'(]\/\/[a-z]|<script|<link(?! rel="icon" href="data:,")|@import|url\((?!#)|src="(?!data:)/gi,
    ) ?? []
  );
}
