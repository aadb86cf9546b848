// The status page's script: asks for the parts that change and puts them in place, without disturbing who reads.

/** Plain JavaScript; its hash stands in the content security policy, so that no other script runs. */
export const script = `
(() => {
  const freshness = document.getElementById('freshness')
  const icon = document.querySelector('link[rel=icon]')
  const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' })
  let heard = new Date()
  const tell = (isFresh) => {
    const words = isFresh ? 'Live' : 'No answer from mailhaul since ' + clock.format(heard) + '. What you see is from then.'
    if (freshness.textContent !== words) freshness.textContent = words
    document.body.classList.toggle('stale', !isFresh)
  }
  const put = (text) => {
    const fresh = new DOMParser().parseFromString(text, 'text/html')
    for (const part of document.querySelectorAll('[data-live]')) {
      const next = fresh.getElementById(part.id)
      if (!next) throw new Error('not the page')
      part.replaceChildren(...document.adoptNode(next).childNodes)
      Object.assign(part.dataset, next.dataset)
    }
    const { title, icon: url } = document.getElementById('overview').dataset
    document.title = title
    icon.href = url
  }
  // Text being copied and a link that has the focus stay where they are.
  const isBusy = () => !getSelection().isCollapsed || document.activeElement?.matches('[data-live] a')
  const update = async () => {
    try {
      const answer = await fetch('board' + location.search, { cache: 'no-store', signal: AbortSignal.timeout(10000) })
      if (!answer.ok) throw new Error('refused')
      const text = await answer.text()
      if (!isBusy()) put(text)
      heard = new Date()
      tell(true)
    } catch {
      tell(false)
    }
  }
  const wait = () => setTimeout(turn, 1000 * Number(document.getElementById('overview').dataset.seconds))
  const turn = async () => {
    if (!document.hidden) await update()
    wait()
  }
  freshness.setAttribute('role', 'status')
  document.addEventListener('visibilitychange', () => { if (!document.hidden) update() })
  tell(true)
  wait()
})()
`
